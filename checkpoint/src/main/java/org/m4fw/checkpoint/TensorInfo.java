package org.m4fw.checkpoint;

/** A tensor without its bytes. */
public record TensorInfo(String name, DType dtype, Shape shape) {

  /** In bytes. */
  public long byteSize() {
    return Math.multiplyExact(shape.count(), dtype.bytes());
  }
}
