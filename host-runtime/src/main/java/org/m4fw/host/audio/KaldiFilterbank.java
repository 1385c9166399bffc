package org.m4fw.host.audio;

/**
 * Kaldi's filter bank features with the options that ImageBind gives {@code
 * torchaudio.compliance.kaldi.fbank}: windows of 25 ms every 10 ms that lie whole within the sound,
 * mean removed, preemphasis 0.97, Hann window, power spectrum, natural logarithm, no dither, no
 * energy.
 */
final class KaldiFilterbank {
  private static final double PREEMPHASIS = 0.97;

  /** The smallest difference from 1 of a 32-bit float; what is less counts as this. */
  private static final double FLOOR = Math.ulp(1f);

  private final int window;
  private final int shift;
  private final int padded;
  private final double[] hann;
  private final Fourier fourier;
  private final MelFilters filters;

  KaldiFilterbank(int rate, int bands) {
    this.window = rate / 40;
    this.shift = rate / 100;
    this.padded = Integer.highestOneBit(window - 1) << 1;
    this.hann = new double[window];
    for (int i = 0; i < window; i++) {
      hann[i] = 0.5 - 0.5 * Math.cos(2 * Math.PI * i / (window - 1));
    }
    this.fourier = new Fourier(padded);
    this.filters = MelFilters.kaldi(bands, padded, rate);
  }

  /** The samples that the first frame takes. */
  int window() {
    return window;
  }

  /** [frame][band]. */
  double[][] frames(float[] samples) {
    int count = samples.length < window ? 0 : 1 + (samples.length - window) / shift;
    double[][] frames = new double[count][filters.bands()];
    for (int frame = 0; frame < count; frame++) {
      double[] power = fourier.power(windowed(samples, frame * shift));
      for (int band = 0; band < filters.bands(); band++) {
        frames[frame][band] = Math.log(Math.max(filters.sum(band, power), FLOOR));
      }
    }
    return frames;
  }

  private double[] windowed(float[] samples, int start) {
    double mean = 0;
    for (int i = 0; i < window; i++) {
      mean += samples[start + i];
    }
    mean /= window;
    double[] values = new double[padded];
    double before = samples[start] - mean;
    for (int i = 0; i < window; i++) {
      double value = samples[start + i] - mean;
      values[i] = (value - PREEMPHASIS * before) * hann[i];
      before = value;
    }
    return values;
  }
}
