package org.m4fw.graph.cost;

import java.util.Map;

/** The sizes of inputs' axes that operations are counted for where nobody asks for others. */
public final class UsualSizes {
  /** One sample, three clips of sound, one token, an image of 512 by 512. */
  public static final Map<String, Long> SIZES =
      Map.ofEntries(
          Map.entry("batch_size", 1L),
          Map.entry("clips", 3L),
          Map.entry("sequence_length", 1L),
          Map.entry("past_sequence_length", 0L),
          Map.entry("context_length", 77L),
          Map.entry("timesteps", 1L),
          Map.entry("height", 64L),
          Map.entry("width", 64L),
          Map.entry("latent_height", 64L),
          Map.entry("latent_width", 64L),
          Map.entry("image_height", 512L),
          Map.entry("image_width", 512L));

  private UsualSizes() {}
}
