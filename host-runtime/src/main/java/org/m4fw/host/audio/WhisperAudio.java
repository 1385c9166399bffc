package org.m4fw.host.audio;

import java.util.Arrays;
import org.m4fw.checkpoint.Shape;
import org.m4fw.host.FloatTensor;

/**
 * What Whisper's encoder hears of a sound: the logarithm of the power in bands of pitch over time.
 * As {@code WhisperFeatureExtractor} of transformers; several channels are averaged.
 */
public final class WhisperAudio {
  public static final int RATE = 16_000;
  private static final int WINDOW = 400;
  private static final int HOP = 160;

  private WhisperAudio() {}

  /**
   * The encoder's input, F32 [1, bands, frames].
   *
   * @param bands 80 in all models but the newest
   * @param frames 3000 for 30 s; a longer sound is cut, a shorter one filled up with silence
   */
  public static FloatTensor prepare(Sound sound, int bands, int frames) {
    float[] samples = sound.mono().at(RATE).firstChannel();
    double[][] logarithms = logarithms(Arrays.copyOf(samples, frames * HOP), bands, frames);
    double largest = Double.NEGATIVE_INFINITY;
    for (double[] band : logarithms) {
      for (double value : band) {
        largest = Math.max(largest, value);
      }
    }
    float[] values = new float[bands * frames];
    for (int band = 0; band < bands; band++) {
      for (int frame = 0; frame < frames; frame++) {
        double value = Math.max(logarithms[band][frame], largest - 8);
        values[band * frames + frame] = (float) ((value + 4) / 4);
      }
    }
    return new FloatTensor(Shape.of(1, bands, frames), values);
  }

  /** [band][frame], to base 10; windows are centred at multiples of the hop. */
  private static double[][] logarithms(float[] samples, int bands, int frames) {
    Fourier fourier = new Fourier(WINDOW);
    MelFilters filters = MelFilters.slaney(bands, WINDOW, RATE);
    double[] window = new double[WINDOW];
    for (int i = 0; i < WINDOW; i++) {
      window[i] = 0.5 - 0.5 * Math.cos(2 * Math.PI * i / WINDOW);
    }
    double[][] logarithms = new double[bands][frames];
    double[] values = new double[WINDOW];
    for (int frame = 0; frame < frames; frame++) {
      for (int i = 0; i < WINDOW; i++) {
        values[i] = window[i] * samples[reflect(frame * HOP + i - WINDOW / 2, samples.length)];
      }
      double[] power = fourier.power(values);
      for (int band = 0; band < bands; band++) {
        logarithms[band][frame] = Math.log10(Math.max(filters.sum(band, power), 1e-10));
      }
    }
    return logarithms;
  }

  /** Before the start and after the end the sound goes on mirrored. */
  private static int reflect(int at, int length) {
    int mirrored = Math.abs(at);
    return mirrored < length ? mirrored : 2 * (length - 1) - mirrored;
  }
}
