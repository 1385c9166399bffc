package org.m4fw.checkpoint;

import java.lang.foreign.MemorySegment;

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
}
