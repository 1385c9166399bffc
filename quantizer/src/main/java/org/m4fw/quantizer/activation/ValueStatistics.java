package org.m4fw.quantizer.activation;

/**
 * What is known of a value from calibration data: first how far its numbers reach, then how they
 * are distributed. All samples count alike, in whatever order they come.
 *
 * <p>Numbers of −10000 and less are marks that a position is masked, and those of 20000 and more
 * are what subtracting these leaves. They are left out, as they only have to stay small, or large:
 * {@link #range} sees to it.
 */
final class ValueStatistics {
  static final int BINS = 2048;

  /** Attention masks hold −30000, or the lowest number of their type. */
  private static final float MASKED = -10_000;

  /** What is left where a masked number is subtracted. */
  private static final float SUBTRACTED = 20_000;

  /** By how much a masked score has to be less than the largest one, so that nobody sees it. */
  private static final double UNSEEN = 16;

  private double min = Double.POSITIVE_INFINITY;
  private double max = Double.NEGATIVE_INFINITY;
  private double lowestMask;
  private double sumOfMinima;
  private double sumOfMaxima;
  private long samples;
  private long count;
  private final long[] histogram = new long[BINS];

  /** Whether a number only says that a position does not count. */
  static boolean isMasked(double value) {
    return value <= MASKED || value >= SUBTRACTED;
  }

  /** Takes a sample's numbers for the first time. */
  void reach(float[] values, int length) {
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < length; i++) {
      if (!isMasked(values[i])) {
        low = Math.min(low, values[i]);
        high = Math.max(high, values[i]);
      } else {
        lowestMask = Math.min(lowestMask, values[i]);
      }
    }
    if (low <= high) {
      min = Math.min(min, low);
      max = Math.max(max, high);
      sumOfMinima += low;
      sumOfMaxima += high;
      samples++;
    }
  }

  /** Takes a sample's numbers for the second time. */
  void distribute(float[] values, int length) {
    double width = width();
    for (int i = 0; i < length; i++) {
      if (!isMasked(values[i])) {
        int bin = width == 0 ? 0 : (int) ((values[i] - min) / width);
        histogram[Math.clamp(bin, 0, BINS - 1)]++;
        count++;
      }
    }
  }

  double min() {
    return samples == 0 ? 0 : min;
  }

  double max() {
    return samples == 0 ? 0 : max;
  }

  double meanMin() {
    return samples == 0 ? 0 : sumOfMinima / samples;
  }

  double meanMax() {
    return samples == 0 ? 0 : sumOfMaxima / samples;
  }

  /** How many numbers were distributed. */
  long count() {
    return count;
  }

  long inBin(int bin) {
    return histogram[bin];
  }

  /** The number in the middle of a bin. */
  double centre(int bin) {
    return min() + (bin + 0.5) * width();
  }

  double width() {
    return (max() - min()) / BINS;
  }

  /** A range as an observer chose it, widened where masks have to fit in. */
  Range range(Range chosen) {
    if (lowestMask == 0) {
      return chosen;
    }
    boolean nothingElse = min() == 0 && max() == 0;
    return nothingElse
        ? new Range(lowestMask, 0)
        : new Range(Math.min(chosen.min(), Math.min(0, max() - UNSEEN)), chosen.max());
  }
}
