package org.m4fw.checkpoint.packed;

import java.util.Optional;

/** A quantized matrix [rows, columns], read a row at a time by any number of threads. */
public interface PackedMatrix {
  long rows();

  int columns();

  /** How it can be repacked without changing a number; empty if it cannot. */
  Optional<Blocks> blocks();

  /**
   * Four-bit blocks along the columns, w = (code − zero) · scale.
   *
   * @param size columns that share a scale: 32, 64 or 128, a divisor of the number of columns
   * @param symmetric whether every zero is 8
   */
  record Blocks(int size, boolean symmetric) {}

  /**
   * The parts of a row, if it has {@link #blocks}.
   *
   * @param codes of every column, 0 to 15
   * @param scales of every block, F16
   * @param zeros of every block, 0 to 15
   */
  void codes(long row, byte[] codes, short[] scales, byte[] zeros);

  /** The numbers of a row. */
  void values(long row, float[] into);
}
