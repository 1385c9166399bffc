package org.m4fw.quantizer.kernel;

/**
 * How much the error of a weight counts, by the input channel that it multiplies: the mean square
 * of that input over calibration data, for example. Only ratios matter.
 */
public final class Importance {
  /** All inputs count the same. */
  public static final Importance EVEN = new Importance(new float[0]);

  private static final double FLOOR = 0.01;

  private final float[] ofColumns;

  private Importance(float[] ofColumns) {
    this.ofColumns = ofColumns;
  }

  /**
   * One number for each column of a weight.
   *
   * @throws IllegalArgumentException if one is negative, or not from 2⁻⁴⁰ to 2⁴⁰ and not zero,
   *     within which sums neither vanish nor overflow
   */
  public static Importance of(float[] ofColumns) {
    for (float each : ofColumns) {
      if (!(each == 0 || (each >= 0x1p-40f && each <= 0x1p40f))) {
        throw new IllegalArgumentException("an input of importance " + each);
      }
    }
    return new Importance(ofColumns.clone());
  }

  /**
   * Of the mean squares of inputs, which are not negative. Each gets a hundredth of their mean
   * added: an input that calibration data left silent may speak elsewhere.
   */
  public static Importance ofPowers(float[] powers) {
    double mean = 0;
    for (float power : powers) {
      mean += (double) power / powers.length;
    }
    if (mean == 0) {
      return EVEN;
    }
    float[] relative = new float[powers.length];
    for (int i = 0; i < powers.length; i++) {
      relative[i] = (float) (powers[i] / mean + FLOOR);
    }
    return of(relative);
  }

  /** Whether all inputs count the same. */
  public boolean isEven() {
    return ofColumns.length == 0;
  }

  float[] ofColumns(int columns) {
    if (ofColumns.length != columns) {
      throw new IllegalArgumentException(
          "the importance of %s inputs for %s columns".formatted(ofColumns.length, columns));
    }
    return ofColumns;
  }
}
