package org.m4fw.graph.tflite;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import org.m4fw.base.file.OutputFile;

/** What becomes of the bytes of a weight on their way into a file; all of it is exact. */
public sealed interface Conversion {
  /** The size of what is worked on at a time. */
  int CHUNK = 1 << 16;

  /** Appends the converted bytes. */
  void append(MemorySegment source, OutputFile file);

  /**
   * The axes in another order; nothing at all if only axes of size 1 change their places.
   *
   * @param elementBytes the size of an element
   * @param dims before
   * @param order which axis each axis of the result was
   */
  static Conversion permutation(int elementBytes, List<Long> dims, List<Integer> order) {
    List<Integer> moving = order.stream().filter(axis -> dims.get(axis) != 1).toList();
    return moving.equals(moving.stream().sorted().toList())
        ? new None()
        : new Permutation(elementBytes, dims, order);
  }

  /** As they are. */
  record None() implements Conversion {
    @Override
    public void append(MemorySegment source, OutputFile file) {
      file.append(source);
    }
  }

  /** BF16 as F32: the same with sixteen zero bits after it. */
  record Widening() implements Conversion {
    private static final ValueLayout.OfShort I16 =
        ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt I32 =
        ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    @Override
    public void append(MemorySegment source, OutputFile file) {
      byte[] chunk = new byte[2 * CHUNK];
      MemorySegment out = MemorySegment.ofArray(chunk);
      for (long from = 0; from < source.byteSize(); from += CHUNK) {
        int bytes = (int) Math.min(CHUNK, source.byteSize() - from);
        for (int at = 0; at < bytes; at += 2) {
          out.set(I32, 2L * at, source.get(I16, from + at) << 16);
        }
        file.append(out.asSlice(0, 2L * bytes));
      }
    }
  }

  /** Nibbles with an offset of 8 as two's complement: each one's highest bit turned. */
  record SignedNibbles() implements Conversion {
    @Override
    public void append(MemorySegment source, OutputFile file) {
      byte[] chunk = new byte[CHUNK];
      for (long from = 0; from < source.byteSize(); from += CHUNK) {
        int bytes = (int) Math.min(CHUNK, source.byteSize() - from);
        for (int at = 0; at < bytes; at++) {
          chunk[at] = (byte) (source.get(ValueLayout.JAVA_BYTE, from + at) ^ 0x88);
        }
        file.append(MemorySegment.ofArray(chunk).asSlice(0, bytes));
      }
    }
  }

  /**
   * The axes in another order.
   *
   * @param elementBytes the size of an element
   * @param dims before
   * @param order which axis each axis of the result was
   */
  record Permutation(int elementBytes, List<Long> dims, List<Integer> order) implements Conversion {
    public Permutation {
      dims = List.copyOf(dims);
      order = List.copyOf(order);
    }

    @Override
    public void append(MemorySegment source, OutputFile file) {
      each(source, file::append);
    }

    /** The converted bytes of a small constant. */
    byte[] apply(byte[] source) {
      java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream(source.length);
      each(
          MemorySegment.ofArray(source),
          chunk -> out.writeBytes(chunk.toArray(ValueLayout.JAVA_BYTE)));
      return out.toByteArray();
    }

    private void each(MemorySegment source, java.util.function.Consumer<MemorySegment> taker) {
      long[] strides = new long[dims.size()];
      long stride = elementBytes;
      for (int axis = dims.size() - 1; axis >= 0; axis--) {
        strides[axis] = stride;
        stride *= dims.get(axis);
      }
      long[] index = new long[order.size()];
      MemorySegment chunk = MemorySegment.ofArray(new byte[CHUNK]);
      long filled = 0;
      for (long left = stride / elementBytes; left > 0; left--) {
        long from = 0;
        for (int axis = 0; axis < index.length; axis++) {
          from += index[axis] * strides[order.get(axis)];
        }
        MemorySegment.copy(source, from, chunk, filled, elementBytes);
        filled += elementBytes;
        if (filled == CHUNK || left == 1) {
          taker.accept(chunk.asSlice(0, filled));
          filled = 0;
        }
        advance(index);
      }
    }

    private void advance(long[] index) {
      for (int axis = index.length - 1; axis >= 0; axis--) {
        index[axis]++;
        if (index[axis] < dims.get(order.get(axis))) {
          return;
        }
        index[axis] = 0;
      }
    }
  }
}
