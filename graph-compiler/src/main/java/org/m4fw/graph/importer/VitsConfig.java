package org.m4fw.graph.importer;

import java.util.List;
import java.util.Optional;
import org.m4fw.base.json.Fields;

/**
 * {@code config.json} of VITS, with the defaults of transformers' {@code VitsConfig}: those of
 * {@code facebook/mms-tts-eng}.
 *
 * <p>{@code noise_scale} and {@code noise_scale_duration} are not read: the graph leaves the noise
 * out, as with both at 0, so that the same text always gives the same speech. The prior's standard
 * deviation, which only scales noise, is then not needed either.
 *
 * @param window how many tokens to either side attention knows the distance of
 * @param flowWidth channels of the latent frames
 * @param speakingRate larger is faster
 * @param speakers empty for a single voice
 */
record VitsConfig(
    int vocabulary,
    int width,
    int layers,
    int heads,
    int window,
    boolean attentionBias,
    int feedForwardWidth,
    int feedForwardKernel,
    double epsilon,
    int flowWidth,
    int flows,
    Wave wave,
    Duration duration,
    double speakingRate,
    HifiGan.Shape vocoder,
    Optional<Speakers> speakers) {
  private static final int MAX_WIDTH = 1 << 16;

  /**
   * The WaveNet in each coupling layer.
   *
   * @param dilationRate by which the dilation grows from layer to layer
   */
  record Wave(int layers, int kernel, int dilationRate) {}

  /** Several voices, each a vector of this width. */
  record Speakers(int count, int width) {}

  /** How the lengths of tokens are predicted. */
  sealed interface Duration {
    /**
     * By a flow of monotonic splines.
     *
     * @param convolutions in each stack of depth-separable convolutions
     * @param bins of a spline
     * @param tailBound outside of ± this a spline is the identity
     */
    record Stochastic(int flows, int convolutions, int kernel, int bins, double tailBound)
        implements Duration {}

    /** By two convolutions. */
    record Deterministic(int channels, int kernel) implements Duration {}
  }

  static VitsConfig read(Fields config) {
    supported(config, "hidden_act", config.optionalString("hidden_act").orElse("relu"), "relu");
    int width = integer(config, "hidden_size", 192, 1, MAX_WIDTH);
    int heads = integer(config, "num_attention_heads", 2, 1, 1 << 10);
    if (width % heads != 0) {
      throw ImportError.INCONSISTENT.at(
          config.file(),
          "num_attention_heads",
          heads,
          "a divisor of hidden_size (%s)".formatted(width));
    }
    int flowWidth = integer(config, "flow_size", 192, 2, MAX_WIDTH);
    if (flowWidth % 2 != 0) {
      throw ImportError.INCONSISTENT.at(config.file(), "flow_size", flowWidth, "an even number");
    }
    return new VitsConfig(
        integer(config, "vocab_size", 38, 1, 1 << 24),
        width,
        integer(config, "num_hidden_layers", 6, 1, 1 << 10),
        heads,
        integer(config, "window_size", 4, 1, 1 << 10),
        config.bool("use_bias", true),
        integer(config, "ffn_dim", 768, 1, MAX_WIDTH),
        integer(config, "ffn_kernel_size", 3, 1, 1 << 10),
        config.number("layer_norm_eps", 1e-5),
        flowWidth,
        integer(config, "prior_encoder_num_flows", 4, 0, 1 << 8),
        new Wave(
            integer(config, "prior_encoder_num_wavenet_layers", 4, 1, 24),
            odd(config, "wavenet_kernel_size", 5),
            integer(config, "wavenet_dilation_rate", 1, 1, 4)),
        duration(config),
        speakingRate(config),
        vocoder(config, flowWidth),
        speakers(config));
  }

  private static Optional<Speakers> speakers(Fields config) {
    int count = integer(config, "num_speakers", 1, 1, 1 << 20);
    int width = integer(config, "speaker_embedding_size", 0, 0, MAX_WIDTH);
    if ((count > 1) != (width > 0)) {
      throw ImportError.INCONSISTENT.at(
          config.file(),
          "speaker_embedding_size",
          width,
          count > 1 ? "a positive number, as there are %s speakers".formatted(count) : "0");
    }
    return count > 1 ? Optional.of(new Speakers(count, width)) : Optional.empty();
  }

  private static Duration duration(Fields config) {
    int kernel = odd(config, "duration_predictor_kernel_size", 3);
    if (!config.bool("use_stochastic_duration_prediction", true)) {
      return new Duration.Deterministic(
          integer(config, "duration_predictor_filter_channels", 256, 1, MAX_WIDTH), kernel);
    }
    // The flow runs over two channels, so that each half is one.
    supported(
        config,
        "depth_separable_channels",
        integer(config, "depth_separable_channels", 2, 1, MAX_WIDTH),
        2);
    double tailBound = config.number("duration_predictor_tail_bound", 5);
    positive(config, "duration_predictor_tail_bound", tailBound);
    return new Duration.Stochastic(
        integer(config, "duration_predictor_num_flows", 4, 0, 1 << 8),
        integer(config, "depth_separable_num_layers", 3, 1, 8),
        kernel,
        integer(config, "duration_predictor_flow_bins", 10, 2, 999),
        tailBound);
  }

  private static HifiGan.Shape vocoder(Fields config, int flowWidth) {
    List<Integer> kernels = integers(config, "upsample_kernel_sizes", List.of(16, 16, 4, 4));
    List<Integer> rates = integers(config, "upsample_rates", List.of(8, 8, 2, 2));
    List<Integer> blockKernels = integers(config, "resblock_kernel_sizes", List.of(3, 7, 11));
    List<List<Integer>> dilations =
        config.has("resblock_dilation_sizes")
            ? config.integerLists("resblock_dilation_sizes", 1, 1 << 16)
            : List.of(List.of(1, 3, 5), List.of(1, 3, 5), List.of(1, 3, 5));
    return HifiGan.Shape.checked(
        config.file(),
        flowWidth,
        integer(config, "upsample_initial_channel", 512, 1, MAX_WIDTH),
        rates,
        kernels,
        blockKernels,
        dilations,
        config.number("leaky_relu_slope", 0.1));
  }

  private static double speakingRate(Fields config) {
    double rate = config.number("speaking_rate", 1);
    positive(config, "speaking_rate", rate);
    return rate;
  }

  private static void positive(Fields config, String name, double value) {
    if (!(value > 0)) {
      throw ImportError.INCONSISTENT.at(config.file(), name, value, "a positive number");
    }
  }

  private static void supported(Fields config, String name, Object found, Object only) {
    if (!found.equals(only)) {
      throw ImportError.UNSUPPORTED_OPTION.at(config.file(), name, found, only);
    }
  }

  private static int odd(Fields config, String name, int otherwise) {
    int kernel = integer(config, name, otherwise, 1, 31);
    if (kernel % 2 == 0) {
      throw ImportError.INCONSISTENT.at(config.file(), name, kernel, "an odd number");
    }
    return kernel;
  }

  private static int integer(Fields config, String name, int otherwise, int min, int max) {
    return Math.toIntExact(config.optionalInteger(name, min, max).orElse(otherwise));
  }

  private static List<Integer> integers(Fields config, String name, List<Integer> otherwise) {
    return config.has(name)
        ? java.util.Arrays.stream(config.integers(name, 1, 1 << 16))
            .mapToObj(Math::toIntExact)
            .toList()
        : otherwise;
  }
}
