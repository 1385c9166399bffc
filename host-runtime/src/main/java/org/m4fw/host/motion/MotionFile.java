package org.m4fw.host.motion;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.m4fw.base.bytes.FileBytes;

/** Reads movement from {@code .npy} files and from CSV, told apart by their first bytes. */
public final class MotionFile {
  /** Per channel: more than an hour at 200 Hz. */
  public static final int MOST_SAMPLES = 1 << 20;

  public static final long MOST_BYTES = 128L << 20;

  private MotionFile() {}

  /**
   * Reads a file.
   *
   * @throws org.m4fw.base.problem.ProblemException with a {@link MotionError} or a {@link
   *     org.m4fw.base.file.FileError}
   */
  public static Motion read(Path path) {
    return parse(path.toString(), FileBytes.read(path, MOST_BYTES));
  }

  /** As {@link #read}; {@code file} is for messages. */
  public static Motion parse(String file, byte[] bytes) {
    return NpyArray.isNpy(bytes)
        ? motion(file, NpyArray.parse(file, bytes))
        : MotionCsv.parse(file, bytes);
  }

  /**
   * Channels are the axis of size 6, the first one if both are; an axis of size 1 may be before.
   */
  private static Motion motion(String file, NpyArray array) {
    List<Integer> shape = array.shape();
    List<Integer> axes = shape.size() == 3 && shape.getFirst() == 1 ? shape.subList(1, 3) : shape;
    if (axes.size() != 2 || !axes.contains(Motion.CHANNELS)) {
      throw MotionError.WRONG_SHAPE.at(file, "shape", shape);
    }
    boolean channelsFirst = axes.get(0) == Motion.CHANNELS;
    int samples = axes.get(channelsFirst ? 1 : 0);
    if (samples > MOST_SAMPLES) {
      throw MotionError.TOO_LARGE.at(file, "shape", samples, MOST_SAMPLES);
    }
    List<float[]> channels = new ArrayList<>();
    for (int channel = 0; channel < Motion.CHANNELS; channel++) {
      float[] values = new float[samples];
      for (int i = 0; i < samples; i++) {
        int row = channelsFirst ? channel : i;
        int column = channelsFirst ? i : channel;
        values[i] = array.value(row, column);
        if (!Float.isFinite(values[i])) {
          throw MotionError.NOT_FINITE.at(file, "element %d, %d".formatted(row, column), values[i]);
        }
      }
      channels.add(values);
    }
    return new Motion(channels);
  }
}
