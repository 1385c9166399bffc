package org.m4fw.quantizer;

import org.m4fw.checkpoint.Shape;
import org.m4fw.graph.ir.Encoding;

/**
 * Where the parts of an encoded weight are in a file.
 *
 * @param data the offset of the numbers
 * @param scales that of the scales, if the encoding has some
 * @param zeroPoints that of the zero points, if the encoding has some
 */
public record Places(long data, long scales, long zeroPoints) {
  private static final long ALIGNMENT = 64;

  /** One part behind the other from the start of a file, each at a multiple of 64. */
  static Places aligned(Encoding encoding, Shape shape) {
    long scales = up(encoding.dataBytes(shape));
    return new Places(0, scales, up(scales + encoding.scaleBytes(shape)));
  }

  /** The length of a file in which the last part ends. */
  long end(Encoding encoding, Shape shape) {
    if (encoding.zeroPointBytes(shape) > 0) {
      return zeroPoints + encoding.zeroPointBytes(shape);
    }
    return encoding.scaleBytes(shape) > 0
        ? scales + encoding.scaleBytes(shape)
        : data + encoding.dataBytes(shape);
  }

  private static long up(long offset) {
    return Math.ceilDiv(offset, ALIGNMENT) * ALIGNMENT;
  }
}
