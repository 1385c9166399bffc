package org.m4fw.host.audio;

import java.util.function.DoubleUnaryOperator;

/** Triangular filters that sum the power of neighbouring frequencies into bands of pitch. */
final class MelFilters {
  /** Below this, Slaney's scale is linear, with 15 mels to 1000 Hz. */
  private static final double LINEAR_HERTZ = 1000;

  private static final double LINEAR_MELS = 15;
  private static final double LOG_STEP = 27 / Math.log(6.4);

  private final int[] first;
  private final double[][] weights;

  private MelFilters(double[][] filters) {
    this.first = new int[filters.length];
    this.weights = new double[filters.length][];
    for (int band = 0; band < filters.length; band++) {
      int from = 0;
      int to = filters[band].length;
      while (from < to && filters[band][from] == 0) {
        from++;
      }
      while (to > from && filters[band][to - 1] == 0) {
        to--;
      }
      first[band] = from;
      weights[band] = java.util.Arrays.copyOfRange(filters[band], from, to);
    }
  }

  /**
   * Kaldi's ({@code get_mel_banks} in {@code torchaudio.compliance.kaldi}): triangles in mels of
   * HTK's scale, between 20 Hz and the Nyquist frequency, whose own bin is left out.
   */
  static MelFilters kaldi(int bands, int length, int rate) {
    DoubleUnaryOperator mel = hertz -> 1127 * Math.log(1 + hertz / 700);
    double low = mel.applyAsDouble(20);
    double step = (mel.applyAsDouble(rate / 2.0) - low) / (bands + 1);
    double[][] filters = new double[bands][length / 2 + 1];
    for (int band = 0; band < bands; band++) {
      double left = low + band * step;
      for (int bin = 0; bin < length / 2; bin++) {
        double at = mel.applyAsDouble((double) rate / length * bin) - left;
        filters[band][bin] = Math.max(0, Math.min(at / step, 2 - at / step));
      }
    }
    return new MelFilters(filters);
  }

  /**
   * Slaney's ({@code mel_filter_bank} of transformers with {@code norm} and {@code mel_scale}
   * "slaney"): triangles in hertz between 0 and 8000 Hz, of equal area.
   */
  static MelFilters slaney(int bands, int length, int rate) {
    double top = slaneyMels(8000);
    double[] edges = new double[bands + 2];
    for (int i = 0; i < edges.length; i++) {
      edges[i] = slaneyHertz(top * i / (bands + 1));
    }
    double[][] filters = new double[bands][length / 2 + 1];
    for (int band = 0; band < bands; band++) {
      double left = edges[band];
      double centre = edges[band + 1];
      double right = edges[band + 2];
      for (int bin = 0; bin <= length / 2; bin++) {
        double hertz = (double) rate / length * bin;
        double rising = (hertz - left) / (centre - left);
        double falling = (right - hertz) / (right - centre);
        filters[band][bin] = Math.max(0, Math.min(rising, falling)) * 2 / (right - left);
      }
    }
    return new MelFilters(filters);
  }

  private static double slaneyMels(double hertz) {
    return hertz < LINEAR_HERTZ
        ? hertz * LINEAR_MELS / LINEAR_HERTZ
        : LINEAR_MELS + Math.log(hertz / LINEAR_HERTZ) * LOG_STEP;
  }

  private static double slaneyHertz(double mels) {
    return mels < LINEAR_MELS
        ? mels * LINEAR_HERTZ / LINEAR_MELS
        : LINEAR_HERTZ * Math.exp((mels - LINEAR_MELS) / LOG_STEP);
  }

  int bands() {
    return first.length;
  }

  /** The power within a band. */
  double sum(int band, double[] power) {
    double sum = 0;
    for (int i = 0; i < weights[band].length; i++) {
      sum += weights[band][i] * power[first[band] + i];
    }
    return sum;
  }
}
