package org.m4fw.host.audio;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Arrays;
import org.m4fw.checkpoint.Shape;
import org.m4fw.host.FloatTensor;

/**
 * What ImageBind's audio encoder hears of a sound: clips of two seconds, evenly spread, each as the
 * logarithm of the power in bands of pitch over time. As {@code load_and_transform_audio_data} of
 * the original; of several channels that takes the first.
 */
public final class ImageBindAudio {
  public static final int RATE = 16_000;
  public static final int CLIP_SECONDS = 2;
  private static final int CLIP = CLIP_SECONDS * RATE;
  private static final double MEAN = -4.268;
  private static final double DEVIATION = 9.138;

  private ImageBindAudio() {}

  /**
   * The encoder's input, F32 [1, clips, 1, bands, frames].
   *
   * @param file where the sound is from, for messages
   * @param clips 3 in the published model; those of a short sound overlap
   * @param bands 128 in the published model
   * @param frames 204 in the published model; the last ones are empty, as 2 s make 198
   * @throws org.m4fw.base.problem.ProblemException with {@link AudioError#TOO_SHORT}
   */
  public static FloatTensor prepare(String file, Sound sound, int clips, int bands, int frames) {
    float[] samples = Sound.mono(sound.rate(), sound.firstChannel()).at(RATE).firstChannel();
    KaldiFilterbank filterbank = new KaldiFilterbank(RATE, bands);
    if (samples.length < filterbank.window()) {
      throw AudioError.TOO_SHORT.at(file, "", samples.length, RATE, filterbank.window());
    }
    float[] values = new float[clips * bands * frames];
    for (int clip = 0; clip < clips; clip++) {
      int start = start(samples.length, clip, clips);
      float[] part = Arrays.copyOfRange(samples, start, Math.min(start + CLIP, samples.length));
      normalize(filterbank.frames(centred(part)), bands, frames, values, clip * bands * frames);
    }
    return new FloatTensor(Shape.of(1, clips, 1, bands, frames), values);
  }

  /**
   * Where a clip starts: PyTorchVideo's {@code ConstantClipsPerVideoSampler} spreads the clips
   * between the start and two seconds before the end, in exact fractions of the duration as a
   * double.
   */
  static int start(int length, int clip, int clips) {
    double latest = Math.max((double) length / RATE - CLIP_SECONDS, 0);
    return new BigDecimal(latest)
        .multiply(BigDecimal.valueOf((long) clip * RATE))
        .divide(BigDecimal.valueOf(Math.max(clips - 1, 1)), 0, RoundingMode.DOWN)
        .intValueExact();
  }

  private static float[] centred(float[] samples) {
    double sum = 0;
    for (float sample : samples) {
      sum += sample;
    }
    float mean = (float) (sum / samples.length);
    float[] centred = new float[samples.length];
    for (int i = 0; i < samples.length; i++) {
      centred[i] = samples[i] - mean;
    }
    return centred;
  }

  /** Bands outermost; frames that the sound does not fill are 0 before they are normalized. */
  private static void normalize(double[][] rows, int bands, int frames, float[] into, int at) {
    for (int band = 0; band < bands; band++) {
      for (int frame = 0; frame < frames; frame++) {
        double value = frame < rows.length ? rows[frame][band] : 0;
        into[at + band * frames + frame] = (float) ((value - MEAN) / DEVIATION);
      }
    }
  }
}
