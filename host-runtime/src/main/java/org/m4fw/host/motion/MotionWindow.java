package org.m4fw.host.motion;

import java.util.Arrays;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.m4fw.checkpoint.Shape;
import org.m4fw.host.FloatTensor;

/**
 * Which part of a recording a movement encoder looks at. The numbers are given as they are: the
 * original normalizes nothing.
 *
 * @param rate samples per second of the recording; without it, it is taken to have the model's rate
 * @param start where the window starts, in samples at the model's rate; without it, the recording
 *     has to have just the length of a window
 * @param zeros whether zeros may follow a recording that ends before the window does
 */
public record MotionWindow(OptionalDouble rate, OptionalInt start, boolean zeros) {
  /** The recording as it is, which has to be one window. */
  public static final MotionWindow EXACT =
      new MotionWindow(OptionalDouble.empty(), OptionalInt.empty(), false);

  /**
   * How long a window is: ImageBind's 2000 samples are 10 s of Ego4D's 200 Hz, MobileFM's 500 are
   * 10 s of 50 Hz.
   */
  public static final double SECONDS = 10;

  /** Keeps what a hostile rate can make of a file within bounds. */
  private static final double SLOWEST = 0.1;

  private static final double FASTEST = 1e6;

  public MotionWindow {
    if (rate.isPresent() && !(rate.getAsDouble() >= SLOWEST && rate.getAsDouble() <= FASTEST)) {
      throw new IllegalArgumentException("no rate: " + rate.getAsDouble());
    }
    if (start.orElse(0) < 0) {
      throw new IllegalArgumentException("no start: " + start.getAsInt());
    }
  }

  /**
   * The encoder's input, F32 [1, 6, samples].
   *
   * @param file where the movement is from, for messages
   * @param samples how many the encoder looks at
   * @throws org.m4fw.base.problem.ProblemException with a {@link MotionError}
   */
  public FloatTensor cut(String file, Motion motion, int samples) {
    Motion source = motion;
    if (rate.isPresent()) {
      double wanted = samples / SECONDS;
      long count = (long) (motion.length() * wanted / rate.getAsDouble() + 1e-6);
      if (count > MotionFile.MOST_SAMPLES) {
        throw MotionError.TOO_LARGE.at(file, "", count, MotionFile.MOST_SAMPLES);
      }
      // A recording as long as the window ends before the model's last samples are due.
      source = motion.resampled(rate.getAsDouble(), wanted).lasting((int) count);
    }
    int first = Math.min(start.orElse(0), source.length());
    int left = source.length() - first;
    if (left < samples && !zeros) {
      throw MotionError.TOO_SHORT.at(file, "", left, first, samples);
    }
    if (left > samples && start.isEmpty()) {
      throw MotionError.TOO_LONG.at(file, "", left, samples);
    }
    float[] values = new float[Motion.CHANNELS * samples];
    for (int channel = 0; channel < Motion.CHANNELS; channel++) {
      float[] part =
          Arrays.copyOfRange(
              source.channels().get(channel), first, first + Math.min(left, samples));
      System.arraycopy(part, 0, values, channel * samples, part.length);
    }
    return new FloatTensor(Shape.of(1, Motion.CHANNELS, samples), values);
  }
}
