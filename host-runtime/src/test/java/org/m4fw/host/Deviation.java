package org.m4fw.host;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** How far results are from a reference. */
final class Deviation {
  private static final ValueLayout.OfFloat F32 =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private Deviation() {}

  /** The largest difference of F32 numbers, relative to the largest magnitude expected. */
  static double relative(MemorySegment expected, MemorySegment actual) {
    assertEquals(expected.byteSize(), actual.byteSize());
    double largest = 0;
    double error = 0;
    for (long at = 0; at < expected.byteSize(); at += 4) {
      double value = expected.get(F32, at);
      largest = Math.max(largest, Math.abs(value));
      double difference = Math.abs(value - actual.get(F32, at));
      error = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : Math.max(error, difference);
    }
    return error / largest;
  }
}
