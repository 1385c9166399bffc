package org.m4fw.host.motion;

import java.util.Arrays;
import java.util.List;

/**
 * Movement over time.
 *
 * @param channels acceleration x, y, z and rotation x, y, z, of equal length
 */
public record Motion(List<float[]> channels) {
  public static final int CHANNELS = 6;

  public Motion {
    channels = List.copyOf(channels);
    int length = channels.getFirst().length;
    if (channels.size() != CHANNELS || channels.stream().anyMatch(c -> c.length != length)) {
      throw new IllegalArgumentException("movement has six channels of equal length");
    }
  }

  /** The number of samples of each channel. */
  public int length() {
    return channels.getFirst().length;
  }

  /**
   * The same movement at another rate, from the first sample to at most the last, by linear
   * interpolation.
   */
  public Motion resampled(double from, double to) {
    if (from == to || length() == 0) {
      return this;
    }
    int count = (int) Math.floor((length() - 1) * to / from + 1e-9) + 1;
    return new Motion(
        channels.stream().map(channel -> resampled(channel, from / to, count)).toList());
  }

  /** The same movement, whose last sample lasts until there are so many; as it is if there are. */
  Motion lasting(int samples) {
    int length = length();
    if (length == 0 || length >= samples) {
      return this;
    }
    return new Motion(
        channels.stream()
            .map(
                channel -> {
                  float[] longer = Arrays.copyOf(channel, samples);
                  Arrays.fill(longer, length, samples, channel[length - 1]);
                  return longer;
                })
            .toList());
  }

  private static float[] resampled(float[] channel, double step, int count) {
    float[] result = new float[count];
    for (int i = 0; i < count; i++) {
      double at = Math.min(i * step, channel.length - 1.0);
      int before = (int) at;
      int after = Math.min(before + 1, channel.length - 1);
      double part = at - before;
      result[i] = (float) (channel[before] + part * ((double) channel[after] - channel[before]));
    }
    return result;
  }
}
