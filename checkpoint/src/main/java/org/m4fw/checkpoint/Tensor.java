package org.m4fw.checkpoint;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A tensor whose elements are a slice of a mapped file, little-endian, in row-major order.
 *
 * @param extent where the bytes are
 * @param data the same bytes, mapped; valid while the checkpoint is open
 */
public record Tensor(String name, DType dtype, Shape shape, Extent extent, MemorySegment data) {

  /** In bytes. */
  public long byteSize() {
    return data.byteSize();
  }

  /**
   * A part of it along its first axis.
   *
   * @param first index there
   * @param count how many indices, at least 1
   */
  public Tensor slice(long first, long count) {
    long each = data.byteSize() / shape.dim(0);
    List<Long> dims = new ArrayList<>(shape.dims());
    dims.set(0, count);
    return new Tensor(
        name,
        dtype,
        new Shape(dims),
        new Extent(extent.file(), extent.offset() + first * each, count * each),
        data.asSlice(first * each, count * each));
  }
}
