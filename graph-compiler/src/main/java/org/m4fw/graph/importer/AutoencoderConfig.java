package org.m4fw.graph.importer;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.m4fw.base.json.Fields;

/**
 * {@code config.json} of an image autoencoder, with the defaults of diffusers' {@code
 * AutoencoderKL}.
 *
 * @param channels per level, the finest first
 * @param layersPerBlock residual blocks per level of the encoder; the decoder has one more
 * @param attends whether the middle has an attention
 * @param convolvesMoments whether a convolution follows the encoder
 * @param convolvesLatents whether a convolution precedes the decoder
 */
record AutoencoderConfig(
    int in,
    int out,
    int latents,
    List<Integer> channels,
    int layersPerBlock,
    int groups,
    boolean attends,
    boolean convolvesMoments,
    boolean convolvesLatents) {
  private static final int MAX = 1 << 16;

  AutoencoderConfig {
    channels = List.copyOf(channels);
  }

  static AutoencoderConfig read(Fields config) {
    Supported.word(config, "act_fn", "silu", "swish");
    List<Integer> channels =
        config.has("block_out_channels")
            ? Arrays.stream(config.integers("block_out_channels", 1, MAX))
                .mapToObj(Math::toIntExact)
                .toList()
            : List.of(64);
    int groups = integer(config, "norm_num_groups", 32);
    if (channels.isEmpty()) {
      throw ImportError.INCONSISTENT.at(
          config.file(), "block_out_channels", "no entries", "at least one");
    }
    for (int count : channels) {
      if (count % groups != 0) {
        throw ImportError.INCONSISTENT.at(
            config.file(),
            "block_out_channels",
            count,
            "a multiple of norm_num_groups (%d)".formatted(groups));
      }
    }
    requireLevels(config, "down_block_types", "DownEncoderBlock2D", channels.size());
    requireLevels(config, "up_block_types", "UpDecoderBlock2D", channels.size());
    return new AutoencoderConfig(
        integer(config, "in_channels", 3),
        integer(config, "out_channels", 3),
        integer(config, "latent_channels", 4),
        channels,
        integer(config, "layers_per_block", 1),
        groups,
        config.bool("mid_block_add_attention", true),
        config.bool("use_quant_conv", true),
        config.bool("use_post_quant_conv", true));
  }

  private static void requireLevels(Fields config, String name, String type, int levels) {
    List<String> types = Supported.words(config, name, List.of(type), type);
    if (!types.equals(Collections.nCopies(levels, type))) {
      throw ImportError.INCONSISTENT.at(
          config.file(),
          name,
          types.size() + " entries",
          "%d, as in block_out_channels".formatted(levels));
    }
  }

  private static int integer(Fields config, String name, int otherwise) {
    return Math.toIntExact(config.optionalInteger(name, 1, MAX).orElse(otherwise));
  }
}
