package org.m4fw.host.audio;

/**
 * The discrete Fourier transform of one length, by splitting it into its prime factors (Cooley and
 * Tukey). Made for lengths such as 400 and 512, whose factors are small.
 */
final class Fourier {
  private final int length;
  private final double[] cosine;
  private final double[] sine;

  Fourier(int length) {
    this.length = length;
    this.cosine = new double[length];
    this.sine = new double[length];
    for (int i = 0; i < length; i++) {
      cosine[i] = Math.cos(2 * Math.PI * i / length);
      sine[i] = -Math.sin(2 * Math.PI * i / length);
    }
  }

  /** |X|² of the frequencies 0 to length/2 of real numbers. */
  double[] power(double[] values) {
    double[] real = new double[length];
    double[] imaginary = new double[length];
    transform(values, 0, 1, real, imaginary, 0, length);
    double[] power = new double[length / 2 + 1];
    for (int i = 0; i < power.length; i++) {
      power[i] = real[i] * real[i] + imaginary[i] * imaginary[i];
    }
    return power;
  }

  /** Transforms {@code count} values, each {@code stride} after the other. */
  private void transform(
      double[] values, int from, int stride, double[] real, double[] imaginary, int to, int count) {
    if (count == 1) {
      real[to] = values[from];
      imaginary[to] = 0;
      return;
    }
    int factor = smallestFactor(count);
    int part = count / factor;
    for (int i = 0; i < factor; i++) {
      transform(values, from + i * stride, stride * factor, real, imaginary, to + i * part, part);
    }
    double[] partReal = new double[factor];
    double[] partImaginary = new double[factor];
    for (int k = 0; k < part; k++) {
      for (int i = 0; i < factor; i++) {
        partReal[i] = real[to + i * part + k];
        partImaginary[i] = imaginary[to + i * part + k];
      }
      for (int j = 0; j < factor; j++) {
        join(partReal, partImaginary, k + j * part, count, real, imaginary, to + k + j * part);
      }
    }
  }

  /** One frequency out of the same of all parts, each turned by its share. */
  private void join(
      double[] partReal,
      double[] partImaginary,
      int frequency,
      int count,
      double[] real,
      double[] imaginary,
      int to) {
    double sumReal = 0;
    double sumImaginary = 0;
    for (int i = 0; i < partReal.length; i++) {
      int turn = (int) ((long) i * frequency % count) * (length / count);
      sumReal += partReal[i] * cosine[turn] - partImaginary[i] * sine[turn];
      sumImaginary += partReal[i] * sine[turn] + partImaginary[i] * cosine[turn];
    }
    real[to] = sumReal;
    imaginary[to] = sumImaginary;
  }

  private static int smallestFactor(int number) {
    for (int factor = 2; factor * factor <= number; factor++) {
      if (number % factor == 0) {
        return factor;
      }
    }
    return number;
  }
}
