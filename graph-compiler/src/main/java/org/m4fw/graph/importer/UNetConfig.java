package org.m4fw.graph.importer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.m4fw.base.json.Fields;

/**
 * {@code config.json} of a conditional denoiser as in Stable Diffusion 1.x and 2.x, with the
 * defaults of diffusers' {@code UNet2DConditionModel}.
 *
 * @param down the levels on the way down, the finest first
 * @param up the levels on the way up, the coarsest first
 * @param midHeads attention heads of the middle block
 * @param layersPerBlock residual blocks per level; one more on the way up
 * @param contextWidth of what the image is conditioned on
 * @param transformerLayers per attention
 * @param linearProjection whether attentions begin and end with linear layers, not convolutions
 * @param downsamplePadding 0 for one row and column at the end
 * @param timeWidth of the embedded step
 * @param cosineFirst whether the first half of the step's waves are cosines
 * @param centered whether samples come as 0 to 1
 */
record UNetConfig(
    int in,
    int out,
    List<Level> down,
    List<Level> up,
    int midHeads,
    int layersPerBlock,
    int contextWidth,
    int transformerLayers,
    boolean linearProjection,
    int groups,
    double epsilon,
    int downsamplePadding,
    int timeWidth,
    boolean cosineFirst,
    int frequencyShift,
    boolean centered) {
  private static final int MAX = 1 << 16;

  /**
   * One resolution.
   *
   * @param attends whether an attention follows each residual block
   */
  record Level(int channels, int heads, boolean attends) {}

  UNetConfig {
    down = List.copyOf(down);
    up = List.copyOf(up);
  }

  static UNetConfig read(Fields config) {
    refuseOtherVariants(config);
    int[] channels = perLevel(config, "block_out_channels", 320, 640, 1280, 1280);
    int groups = integer(config, "norm_num_groups", 32);
    int[] heads = heads(config, channels);
    requireDivisible(config, channels, groups, heads);
    if (channels[0] % 2 != 0) {
      throw ImportError.INCONSISTENT.at(
          config.file(), "block_out_channels", channels[0], "an even number first");
    }
    int shift =
        Math.toIntExact(config.optionalInteger("freq_shift", 0, channels[0] / 2 - 1L).orElse(0));
    List<Level> up =
        levels(
            config,
            "up_block_types",
            List.of("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
            reversed(channels),
            reversed(heads));
    List<Level> down =
        levels(
            config,
            "down_block_types",
            List.of(
                "CrossAttnDownBlock2D",
                "CrossAttnDownBlock2D",
                "CrossAttnDownBlock2D",
                "DownBlock2D"),
            channels,
            heads);
    return new UNetConfig(
        integer(config, "in_channels", 4),
        integer(config, "out_channels", 4),
        down,
        up,
        heads[heads.length - 1],
        integer(config, "layers_per_block", 2),
        integer(config, "cross_attention_dim", 1280),
        integer(config, "transformer_layers_per_block", 1),
        config.bool("use_linear_projection", false),
        groups,
        config.number("norm_eps", 1e-5),
        Math.toIntExact(config.optionalInteger("downsample_padding", 0, 1).orElse(1)),
        integer(config, "time_embedding_dim", 4 * channels[0]),
        config.bool("flip_sin_to_cos", true),
        shift,
        config.bool("center_input_sample", false));
  }

  private static void refuseOtherVariants(Fields config) {
    Supported.word(config, "act_fn", "silu", "swish");
    Supported.word(config, "mid_block_type", "UNetMidBlock2DCrossAttn");
    Supported.word(config, "resnet_time_scale_shift", "default");
    Supported.word(config, "time_embedding_type", "positional");
    Supported.word(config, "attention_type", "default");
    Supported.off(
        config,
        "dual_cross_attention",
        "only_cross_attention",
        "mid_block_only_cross_attention",
        "resnet_skip_time_act",
        "class_embeddings_concat");
    Supported.absent(
        config,
        "num_attention_heads",
        "class_embed_type",
        "num_class_embeds",
        "addition_embed_type",
        "encoder_hid_dim",
        "encoder_hid_dim_type",
        "time_embedding_act_fn",
        "timestep_post_act",
        "time_cond_proj_dim",
        "cross_attention_norm",
        "reverse_transformer_layers_per_block");
    Supported.one(config, "mid_block_scale_factor", "resnet_out_scale_factor");
    kernel(config, "conv_in_kernel");
    kernel(config, "conv_out_kernel");
  }

  private static void kernel(Fields config, String name) {
    long size = config.optionalInteger(name, 1, 99).orElse(3);
    if (size != 3) {
      throw ImportError.UNSUPPORTED_OPTION.at(config.file(), name, size, "3");
    }
  }

  /**
   * The number of heads per level. The field is called {@code attention_head_dim} by a mistake of
   * the first release that diffusers keeps for the files that came of it.
   */
  private static int[] heads(Fields config, int[] channels) {
    int[] heads = perLevel(config, "attention_head_dim", 8);
    if (heads.length == 1) {
      int[] same = new int[channels.length];
      Arrays.fill(same, heads[0]);
      return same;
    }
    requireLength(config, "attention_head_dim", heads.length, channels.length);
    return heads;
  }

  private static void requireDivisible(Fields config, int[] channels, int groups, int[] heads) {
    for (int i = 0; i < channels.length; i++) {
      if (channels[i] % groups != 0) {
        throw ImportError.INCONSISTENT.at(
            config.file(),
            "block_out_channels",
            channels[i],
            "a multiple of norm_num_groups (%d)".formatted(groups));
      }
      if (channels[i] % heads[i] != 0) {
        throw ImportError.INCONSISTENT.at(
            config.file(),
            "attention_head_dim",
            heads[i],
            "a divisor of the level's channels (%d)".formatted(channels[i]));
      }
    }
  }

  private static List<Level> levels(
      Fields config, String name, List<String> otherwise, int[] channels, int[] heads) {
    String direction = name.startsWith("up") ? "Up" : "Down";
    String plain = direction + "Block2D";
    String attending = "CrossAttn" + plain;
    List<String> types = Supported.words(config, name, otherwise, plain, attending);
    requireLength(config, name, types.size(), channels.length);
    List<Level> levels = new ArrayList<>();
    for (int i = 0; i < channels.length; i++) {
      levels.add(new Level(channels[i], heads[i], types.get(i).equals(attending)));
    }
    return levels;
  }

  private static void requireLength(Fields config, String name, int found, int levels) {
    if (found != levels) {
      throw ImportError.INCONSISTENT.at(
          config.file(),
          name,
          found + " entries",
          "%d, as in block_out_channels".formatted(levels));
    }
  }

  private static int integer(Fields config, String name, int otherwise) {
    return Math.toIntExact(config.optionalInteger(name, 1, MAX).orElse(otherwise));
  }

  /** A list, or one number. */
  private static int[] perLevel(Fields config, String name, int... otherwise) {
    if (!config.has(name)) {
      return otherwise;
    }
    if (!config.node().path(name).isArray()) {
      return new int[] {integer(config, name, 1)};
    }
    int[] values =
        Arrays.stream(config.integers(name, 1, MAX)).mapToInt(Math::toIntExact).toArray();
    if (values.length == 0) {
      throw ImportError.INCONSISTENT.at(config.file(), name, "no entries", "at least one");
    }
    return values;
  }

  private static int[] reversed(int[] values) {
    List<Integer> list = Arrays.stream(values).boxed().toList();
    return list.reversed().stream().mapToInt(Integer::intValue).toArray();
  }
}
