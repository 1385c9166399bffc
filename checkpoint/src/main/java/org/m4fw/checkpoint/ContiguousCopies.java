package org.m4fw.checkpoint;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.base.file.OutputFile;
import org.m4fw.checkpoint.torch.StoredTensor;

/**
 * Tensors whose elements are scattered over their storage, copied into row-major order in a scratch
 * file, which is gone when this is closed. A view can be many times larger than what it views, so
 * that all copies together may not be larger than the file they come from.
 */
final class ContiguousCopies implements AutoCloseable {
  private static final int ALIGNMENT = 64;
  private static final int BUFFER = 1 << 20;

  private final OutputFile file;
  private final MappedFile mapped;
  private final SequencedMap<StoredTensor, Extent> extents;

  private ContiguousCopies(
      OutputFile file, MappedFile mapped, SequencedMap<StoredTensor, Extent> extents) {
    this.file = file;
    this.mapped = mapped;
    this.extents = extents;
  }

  /** Copies the tensors out of the file that holds them. */
  @SuppressWarnings("MustBeClosed")
  static ContiguousCopies of(MappedFile source, List<StoredTensor> tensors) {
    long total = 0;
    for (StoredTensor tensor : tensors) {
      total += tensor.byteSize();
      if (tensor.byteSize() > source.size() || total > source.size()) {
        throw CheckpointError.COPIES_TOO_LARGE.at(
            source.path(), tensor.name(), tensor.dims(), tensor.strides());
      }
    }
    OutputFile file = OutputFile.scratch("contiguous");
    try {
      SequencedMap<StoredTensor, Extent> extents = new LinkedHashMap<>();
      for (StoredTensor tensor : tensors) {
        file.align(ALIGNMENT);
        extents.put(tensor, new Extent(file.temporaryPath(), file.position(), tensor.byteSize()));
        new Copy(source.segment(), tensor, file).run();
      }
      return new ContiguousCopies(file, MappedFile.open(file.temporaryPath()), extents);
    } catch (RuntimeException | Error e) {
      file.close();
      throw e;
    }
  }

  /** Where each copy is. */
  Map<StoredTensor, Extent> extents() {
    return Collections.unmodifiableMap(extents);
  }

  MemorySegment data(Extent extent) {
    return mapped.segment().asSlice(extent.offset(), extent.length());
  }

  @Override
  public void close() {
    mapped.close();
    file.close();
  }

  /** One tensor on its way, element by element through a buffer. */
  private static final class Copy {
    private final MemorySegment from;
    private final StoredTensor tensor;
    private final OutputFile to;
    private final int size;
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
    private final MemorySegment buffered = MemorySegment.ofArray(buffer.array());

    Copy(MemorySegment from, StoredTensor tensor, OutputFile to) {
      this.from = from;
      this.tensor = tensor;
      this.to = to;
      this.size = tensor.type().bytes();
    }

    /** Counts through all indices but the last; rows are copied whole. */
    void run() {
      int outer = tensor.dims().size() - 1;
      long[] index = new long[outer];
      long at = tensor.begin();
      while (true) {
        row(at);
        int axis = outer - 1;
        while (axis >= 0 && index[axis] == tensor.dims().get(axis) - 1) {
          at -= index[axis] * tensor.strides().get(axis) * size;
          index[axis--] = 0;
        }
        if (axis < 0) {
          to.append(buffer.flip());
          return;
        }
        index[axis]++;
        at += tensor.strides().get(axis) * size;
      }
    }

    private void row(long start) {
      long step = tensor.strides().getLast() * size;
      long at = start;
      for (long left = tensor.dims().getLast(); left > 0; ) {
        if (buffer.remaining() < size) {
          to.append(buffer.flip());
          buffer.clear();
        }
        int count = (int) Math.min(left, buffer.remaining() / size);
        gather(at, step, buffer.position(), count);
        buffer.position(buffer.position() + count * size);
        at += count * step;
        left -= count;
      }
    }

    private void gather(long start, long step, int into, int count) {
      long at = start;
      for (int i = 0; i < count; i++, at += step) {
        long target = into + (long) i * size;
        switch (size) {
          case 1 ->
              buffered.set(ValueLayout.JAVA_BYTE, target, from.get(ValueLayout.JAVA_BYTE, at));
          case 2 ->
              buffered.set(
                  ValueLayout.JAVA_SHORT_UNALIGNED,
                  target,
                  from.get(ValueLayout.JAVA_SHORT_UNALIGNED, at));
          case 4 ->
              buffered.set(
                  ValueLayout.JAVA_INT_UNALIGNED,
                  target,
                  from.get(ValueLayout.JAVA_INT_UNALIGNED, at));
          default ->
              buffered.set(
                  ValueLayout.JAVA_LONG_UNALIGNED,
                  target,
                  from.get(ValueLayout.JAVA_LONG_UNALIGNED, at));
        }
      }
    }
  }
}
