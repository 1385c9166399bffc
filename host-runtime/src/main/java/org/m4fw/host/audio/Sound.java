package org.m4fw.host.audio;

import java.util.List;

/**
 * Sound between −1 and 1.
 *
 * @param rate samples per second
 * @param channels of equal length, at least one
 */
public record Sound(int rate, List<float[]> channels) {
  public Sound {
    channels = List.copyOf(channels);
    int length = channels.getFirst().length;
    if (rate < 1 || channels.stream().anyMatch(channel -> channel.length != length)) {
      throw new IllegalArgumentException("no sound at " + rate + " Hz");
    }
  }

  /** A sound of one channel. */
  public static Sound mono(int rate, float[] samples) {
    return new Sound(rate, List.of(samples));
  }

  /** The number of samples of each channel. */
  public int length() {
    return channels.getFirst().length;
  }

  /** The samples of the first channel. */
  public float[] firstChannel() {
    return channels.getFirst();
  }

  /** The mean of all channels. */
  public Sound mono() {
    if (channels.size() == 1) {
      return this;
    }
    float[] mean = new float[length()];
    for (int i = 0; i < mean.length; i++) {
      double sum = 0;
      for (float[] channel : channels) {
        sum += channel[i];
      }
      mean[i] = (float) (sum / channels.size());
    }
    return mono(rate, mean);
  }

  /** The same sound at another rate. */
  public Sound at(int newRate) {
    return newRate == rate
        ? this
        : new Sound(
            newRate,
            channels.stream().map(channel -> Resampler.resample(channel, rate, newRate)).toList());
  }
}
