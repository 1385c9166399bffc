package org.m4fw.quantizer.calibration;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.base.file.OutputFile;
import org.m4fw.checkpoint.Extent;
import org.m4fw.checkpoint.Tensor;

/**
 * Values of a graph for all portions of the calibration data, in a temporary file that is mapped,
 * so that they take no more memory than the system has to spare.
 */
final class Activations implements AutoCloseable {
  private static final long ALIGNMENT = 64;

  private final OutputFile file;
  private final MappedFile mapped;
  private final List<SortedMap<String, Tensor>> portions;

  private Activations(
      OutputFile file, MappedFile mapped, List<SortedMap<String, Tensor>> portions) {
    this.file = file;
    this.mapped = mapped;
    this.portions = portions;
  }

  /** The values of each portion, by name. */
  List<SortedMap<String, Tensor>> portions() {
    return portions;
  }

  @Override
  public void close() {
    mapped.close();
    file.close();
  }

  /** Writes values, portion by portion. */
  static final class Writer implements AutoCloseable {
    private final OutputFile file = OutputFile.scratch("activations");
    private final List<SortedMap<String, Tensor>> portions = new ArrayList<>();
    private boolean finished;

    /** Appends the values of a portion. */
    void add(Map<String, Tensor> values) {
      SortedMap<String, Tensor> written = new TreeMap<>();
      new TreeMap<>(values)
          .forEach(
              (name, tensor) -> {
                file.align(ALIGNMENT);
                Extent extent =
                    new Extent(file.temporaryPath(), file.position(), tensor.byteSize());
                file.append(tensor.data());
                written.put(
                    name, new Tensor(name, tensor.dtype(), tensor.shape(), extent, tensor.data()));
              });
      portions.add(written);
    }

    /** Everything written, to be read. */
    Activations finish() {
      MappedFile mapped = MappedFile.open(file.temporaryPath());
      portions.forEach(portion -> portion.replaceAll((name, t) -> mapped(t, mapped)));
      finished = true;
      return new Activations(file, mapped, List.copyOf(portions));
    }

    private static Tensor mapped(Tensor tensor, MappedFile file) {
      Extent extent = tensor.extent();
      MemorySegment data =
          extent.length() == 0
              ? MemorySegment.NULL
              : file.segment().asSlice(extent.offset(), extent.length());
      return new Tensor(tensor.name(), tensor.dtype(), tensor.shape(), extent, data);
    }

    @Override
    public void close() {
      if (!finished) {
        file.close();
      }
    }
  }
}
