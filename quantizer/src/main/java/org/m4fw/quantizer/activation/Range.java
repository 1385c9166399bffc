package org.m4fw.quantizer.activation;

import org.m4fw.graph.ir.ActivationPlan.Stored;

/**
 * The numbers that a stored value can hold; what is beyond is clamped.
 *
 * @param min at most 0, as zero has to be exact
 * @param max at least 0
 */
public record Range(double min, double max) {
  /** The smallest scale that a float32 graph computes with normally. */
  private static final double SMALLEST_SCALE = 0x1p-100;

  public Range {
    if (!(min <= 0 && max >= 0)) {
      throw new IllegalArgumentException("%s to %s does not hold 0".formatted(min, max));
    }
  }

  /** The smallest range that holds these and zero. */
  public static Range holding(double min, double max) {
    return new Range(Math.min(0, min), Math.max(0, max));
  }

  /** In eight bits. */
  public Stored eightBits(boolean symmetric) {
    if (symmetric) {
      return new Stored(8, scale(Math.max(-min, max) / 127), 0);
    }
    float scale = scale((max - min) / 255);
    long zero = Math.round(-128 - min / scale);
    return new Stored(8, scale, Math.clamp(zero, -128, 127));
  }

  /** In sixteen bits, symmetric. */
  public Stored sixteenBits() {
    return new Stored(16, scale(Math.max(-min, max) / 32767), 0);
  }

  private static float scale(double scale) {
    return scale < SMALLEST_SCALE ? 1 : (float) scale;
  }
}
