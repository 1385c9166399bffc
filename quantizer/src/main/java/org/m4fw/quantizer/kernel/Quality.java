package org.m4fw.quantizer.kernel;

/**
 * How close numbers are to those they were made of, as sums that add up over pieces of a weight.
 *
 * @param signal the sum of the squares of the original numbers
 * @param noise the sum of the squares of the differences
 * @param rebuilt the sum of the squares of the numbers that are stored
 * @param maxError the largest magnitude of a difference
 */
public record Quality(double signal, double noise, double rebuilt, double maxError) {
  /** Of no numbers at all. */
  public static final Quality NONE = new Quality(0, 0, 0, 0);

  /** Of numbers that are kept as they are. */
  public static Quality exact(double signal) {
    return new Quality(signal, 0, signal, 0);
  }

  public Quality plus(Quality other) {
    return new Quality(
        signal + other.signal,
        noise + other.noise,
        rebuilt + other.rebuilt,
        Math.max(maxError, other.maxError));
  }

  /** Signal to quantization noise in decibels; infinite if nothing was lost. */
  public double sqnr() {
    return noise == 0 ? Double.POSITIVE_INFINITY : 10 * Math.log10(signal / noise);
  }

  /** The cosine of the angle between the two, seen as vectors; 1 if nothing was lost. */
  public double cosine() {
    if (noise == 0) {
      return 1;
    }
    // |x − y|² = |x|² + |y|² − 2xy
    double product = (signal + rebuilt - noise) / 2;
    double lengths = Math.sqrt(signal) * Math.sqrt(rebuilt);
    return lengths == 0 ? 0 : Math.clamp(product / lengths, -1.0, 1.0);
  }
}
