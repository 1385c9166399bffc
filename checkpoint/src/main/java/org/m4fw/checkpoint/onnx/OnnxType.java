package org.m4fw.checkpoint.onnx;

import java.util.Arrays;
import java.util.Optional;

/** The element types of initializers that are read, with their numbers in ONNX. */
public enum OnnxType {
  F32(1, 4),
  U8(2, 1),
  I8(3, 1),
  I32(6, 4),
  I64(7, 8),
  BOOL(9, 1),
  F16(10, 2),
  F64(11, 8),
  BF16(16, 2);

  private final int number;
  private final int bytes;

  OnnxType(int number, int bytes) {
    this.number = number;
    this.bytes = bytes;
  }

  /** The size of one element. */
  public int bytes() {
    return bytes;
  }

  static Optional<OnnxType> of(long number) {
    return Arrays.stream(values()).filter(type -> type.number == number).findFirst();
  }
}
