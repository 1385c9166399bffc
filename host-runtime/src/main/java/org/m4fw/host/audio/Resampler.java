package org.m4fw.host.audio;

/**
 * Changes the rate of a sound by interpolation with a windowed sinc, as {@code
 * torchaudio.functional.resample} does with its defaults: a Hann window over 6 zero crossings to
 * each side, the cut-off at 0.99 of the lower Nyquist frequency.
 */
final class Resampler {
  private static final int ZERO_CROSSINGS = 6;
  private static final double ROLL_OFF = 0.99;

  private Resampler() {}

  /**
   * The samples at the new rate, ⌈length · to / from⌉ of them; before and after the sound is
   * silence.
   */
  static float[] resample(float[] samples, int from, int to) {
    int divisor = gcd(from, to);
    int step = from / divisor;
    int phases = to / divisor;
    double cutOff = Math.min(step, phases) * ROLL_OFF;
    int reach = (int) Math.ceil(ZERO_CROSSINGS * step / cutOff);
    int length = Math.toIntExact(-Math.floorDiv(-(long) samples.length * phases, (long) step));
    float[] result = new float[length];
    for (int phase = 0; phase < Math.min(phases, length); phase++) {
      // The phase's result lies at phase · step / phases, in samples of the source.
      int first = (int) ((long) phase * step / phases) - reach;
      float[] kernel = kernel(first, 2 * reach + 2, phase / (double) phases, step, cutOff);
      long start = first;
      for (long at = phase; at < length; at += phases) {
        result[(int) at] = dot(samples, start, kernel);
        start += step;
      }
    }
    return result;
  }

  private static float[] kernel(int first, int count, double phase, int step, double cutOff) {
    float[] kernel = new float[count];
    for (int i = 0; i < count; i++) {
      double t = ((first + i) / (double) step - phase) * cutOff;
      if (Math.abs(t) < ZERO_CROSSINGS) {
        double cosine = Math.cos(t * Math.PI / ZERO_CROSSINGS / 2);
        double sinc = t == 0 ? 1 : Math.sin(t * Math.PI) / (t * Math.PI);
        kernel[i] = (float) (sinc * cosine * cosine * cutOff / step);
      }
    }
    return kernel;
  }

  private static float dot(float[] samples, long start, float[] kernel) {
    int from = (int) Math.max(0, -start);
    int to = (int) Math.min(kernel.length, samples.length - start);
    double sum = 0;
    for (int i = from; i < to; i++) {
      sum += (double) samples[(int) (start + i)] * kernel[i];
    }
    return (float) sum;
  }

  private static int gcd(int a, int b) {
    return b == 0 ? a : gcd(b, a % b);
  }
}
