package org.m4fw.graph.tflite;

import java.util.Arrays;
import java.util.Optional;

/** Element types of tensors, with their numbers in the schema ({@code TensorType}). */
public enum TensorType {
  FLOAT32(0, 32),
  FLOAT16(1, 16),
  INT32(2, 32),
  UINT8(3, 8),
  INT64(4, 64),
  BOOL(6, 8),
  INT16(7, 16),
  INT8(9, 8),
  /** Two in a byte, the first in the low half. */
  INT4(17, 4);

  private final int number;
  private final int bits;

  TensorType(int number, int bits) {
    this.number = number;
    this.bits = bits;
  }

  public int number() {
    return number;
  }

  /** The size of so many elements. */
  public long bytes(long elements) {
    return Math.ceilDiv(Math.multiplyExact(elements, (long) bits), 8);
  }

  static Optional<TensorType> of(int number) {
    return Arrays.stream(values()).filter(type -> type.number == number).findFirst();
  }
}
