package org.m4fw.quantizer.gptq;

import org.m4fw.quantizer.kernel.ScaleSign;

/**
 * The numbers that a row can be stored as: integers times the scale of their block.
 *
 * @param block inputs in a block; the last block of a row may have fewer
 * @param least the least integer
 * @param greatest the greatest integer
 * @param sign whether scales may be negative
 */
record Grid(int block, int least, int greatest, ScaleSign sign) {
  /** The smallest positive F16. */
  private static final float SMALLEST_SCALE = 0x1p-24f;

  /** Blocks up to this magnitude are all zero, with scale 1, as in the kernels. */
  private static final float NOTHING = 0x1p-25f;

  /** By how many steps the largest magnitude of a block of four-bit numbers is divided. */
  private static final float[] DIVISORS = {
    8, 7, 9, 6, 7.5f, 8.5f, 6.5f, 7.25f, 7.75f, 8.25f, 8.75f, 6.25f, 6.75f, 9.5f, 10, 5.5f, 5
  };

  private static final int FITS = 2;

  /** The number of blocks in a row. */
  int blocks(int width) {
    return Math.ceilDiv(width, block);
  }

  float integer(float value, float scale) {
    return Math.clamp((float) Math.rint(value / scale), least, greatest);
  }

  /** Whether a scale can be stored, and is one of those allowed. */
  boolean allows(float scale) {
    boolean large = sign == ScaleSign.POSITIVE ? scale > 0 : scale != 0;
    return large && Float.isFinite(scale);
  }

  static float half(float value) {
    return Float.float16ToFloat(Float.floatToFloat16(value));
  }

  /**
   * The scale with the least weighted squared error of a block.
   *
   * @param values from {@code first} to before {@code end}
   * @param weights of the squared errors, at the same inputs
   * @param offset where the row begins in {@code values}
   * @return infinite if there is none
   */
  float scale(float[] values, int offset, float[] weights, int first, int end) {
    float magnitude = 0;
    for (int i = first; i < end; i++) {
      magnitude = Math.max(magnitude, Math.abs(values[offset + i]));
    }
    if (magnitude <= NOTHING) {
      return 1;
    }
    Trial trial = new Trial(values, offset, weights, first, end);
    if (greatest > 7) {
      // With 255 steps neither clamping nor lucky rounding is worth a search.
      trial.attempt(magnitude / greatest);
      return trial.best;
    }
    for (float divisor : DIVISORS) {
      trial.attempt(magnitude / divisor);
      if (sign == ScaleSign.FREE) {
        trial.attempt(-magnitude / divisor);
      }
    }
    for (int i = 0; i < FITS; i++) {
      trial.fit();
    }
    return trial.best;
  }

  /** Scales that are tried on a block. */
  private final class Trial {
    private final float[] values;
    private final int offset;
    private final float[] weights;
    private final int first;
    private final int end;
    private float best = Float.POSITIVE_INFINITY;
    private double bestError = Double.POSITIVE_INFINITY;

    Trial(float[] values, int offset, float[] weights, int first, int end) {
      this.values = values;
      this.offset = offset;
      this.weights = weights;
      this.first = first;
      this.end = end;
    }

    void attempt(float ideal) {
      float scale = half(ideal);
      if (Math.abs(scale) < SMALLEST_SCALE) {
        scale = Math.copySign(SMALLEST_SCALE, ideal);
      }
      if (!allows(scale)) {
        return;
      }
      double error = 0;
      for (int i = first; i < end; i++) {
        float value = values[offset + i];
        float difference = value - integer(value, scale) * scale;
        error += weights[i] * difference * difference;
      }
      if (error < bestError) {
        bestError = error;
        best = scale;
      }
    }

    /** The scale that fits the integers of the best one by least squares. */
    void fit() {
      if (!Float.isFinite(best)) {
        return;
      }
      double products = 0;
      double squares = 0;
      for (int i = first; i < end; i++) {
        float integer = integer(values[offset + i], best);
        products += weights[i] * integer * values[offset + i];
        squares += weights[i] * integer * integer;
      }
      if (squares > 0) {
        attempt((float) (products / squares));
      }
    }
  }
}
