package org.m4fw.checkpoint.gguf;

/** A value of the metadata. */
public sealed interface GgufValue {

  /** An integer of any width; unsigned ones beyond 2^63 are negative here. */
  record Whole(long value) implements GgufValue {}

  record Real(double value) implements GgufValue {}

  record Flag(boolean value) implements GgufValue {}

  record Text(String value) implements GgufValue {}

  /**
   * An array, such as a vocabulary. Its elements are checked, but left in the file.
   *
   * @param count the number of elements
   * @param begin where the first element is, in bytes from the start of the file
   */
  record Array(GgufValueType elements, long count, long begin) implements GgufValue {}
}
