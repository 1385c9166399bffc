package org.m4fw.graph.importer;

import java.util.Optional;
import org.m4fw.graph.ir.Weight;

/**
 * How long VITS holds each token, from what the token means in its text: the logarithm of a number
 * of frames, [B, 1, S].
 */
final class DurationPredictor {
  private static final String PATH = "duration_predictor";

  private final VitsConfig config;
  private final Layers layers;
  private final Primitives to;
  private final Optional<Voice> voice;
  private final Presence tokens;

  DurationPredictor(VitsConfig config, Layers layers, Optional<Voice> voice, Presence tokens) {
    this.config = config;
    this.layers = layers;
    this.to = new Primitives(layers.graph());
    this.voice = voice;
    this.tokens = tokens;
  }

  /**
   * Logarithms of durations.
   *
   * @param ids [B, S], of which only the sizes count
   * @param text [B, width, S]
   */
  String predict(String ids, String text) {
    return switch (config.duration()) {
      case VitsConfig.Duration.Stochastic stochastic -> flow(stochastic, ids, text);
      case VitsConfig.Duration.Deterministic deterministic -> convolutions(deterministic, text);
    };
  }

  /**
   * The flow runs backwards from noise, here from its mean 0, to two channels of which the first is
   * the answer. What it learned with ({@code post_…}) and its first spline, which would change only
   * the other channel, are not used.
   */
  private String flow(VitsConfig.Duration.Stochastic sizes, String ids, String text) {
    int width = config.width();
    DepthSeparable separable =
        new DepthSeparable(layers, width, sizes.convolutions(), sizes.kernel(), tokens);
    String input = inVoice(point("conv_pre", text, width, width));
    String reached = separable.apply(PATH + ".conv_dds", input);
    String condition = point("conv_proj", reached, width, width);
    String zeros =
        to.op("Expand", PATH + ".zeros", to.real(0), to.op("Shape", PATH + ".shape", ids));
    String mean = to.unsqueeze(PATH + ".mean", zeros, 1);
    String first = mean;
    String second = mean;
    for (int i = sizes.flows(); i >= 2; i--) {
      // The channels change places before each step.
      String bent = spline(PATH + ".flows." + i, separable, sizes, second, first, condition);
      first = second;
      second = bent;
    }
    return affine(PATH + ".flows.0", second);
  }

  /** Moves one channel by a spline whose parameters depend on the other and the text. */
  private String spline(
      String path,
      DepthSeparable separable,
      VitsConfig.Duration.Stochastic sizes,
      String other,
      String moved,
      String condition) {
    int width = config.width();
    int bins = sizes.bins();
    String spread = layers.convolution(Convolution.of(path + ".conv_pre", 1, width, 1L), other);
    String conditioned = layers.add(path + ".conditioned", spread, condition);
    String reached = separable.apply(path + ".conv_dds", conditioned);
    String parameters =
        layers.convolution(Convolution.of(path + ".conv_proj", width, 3 * bins - 1, 1L), reached);
    String root = to.real(Math.sqrt(width));
    String widths = to.slice(path + ".widths.raw", parameters, 1, 0, bins);
    String heights = to.slice(path + ".heights.raw", parameters, 1, bins, 2L * bins);
    String slopes = to.slice(path + ".slopes.raw", parameters, 1, 2L * bins, 3L * bins - 1);
    return new RationalQuadraticSpline(to, path, bins, sizes.tailBound())
        .inverse(
            moved,
            to.op("Div", path + ".widths", widths, root),
            to.op("Div", path + ".heights", heights, root),
            slopes);
  }

  /** (value − translation)·e^(−scale) of the first channel, the only one asked for. */
  private String affine(String path, String value) {
    String translation = firstOf(path + ".translate");
    String scale = to.op("Neg", path + ".scale.negative", firstOf(path + ".log_scale"));
    String moved = to.op("Sub", path + ".moved", value, translation);
    return to.op("Mul", path, moved, to.op("Exp", path + ".scale", scale));
  }

  private String firstOf(String name) {
    String both = layers.weight(name, Weight.Role.PARAMETER, 2, 1);
    return to.slice(name + ".first", both, 0, 0, 1);
  }

  private String convolutions(VitsConfig.Duration.Deterministic sizes, String text) {
    String first = activated("1", inVoice(text), config.width(), sizes);
    String second = activated("2", first, sizes.channels(), sizes);
    return point("proj", second, sizes.channels(), 1);
  }

  private String activated(
      String number, String input, int in, VitsConfig.Duration.Deterministic sizes) {
    String path = PATH + ".conv_" + number;
    long kernel = sizes.kernel();
    String wide =
        layers.convolution(
            Convolution.of(path, in, sizes.channels(), kernel).padded(kernel / 2),
            tokens.only(input));
    String active = to.op("Relu", path + ".relu", wide);
    String last = layers.transpose(path + ".channels_last", active, 0L, 2L, 1L);
    String normalized =
        layers.layerNorm(PATH + ".norm_" + number, last, sizes.channels(), config.epsilon());
    return layers.transpose(path + ".channels_first", normalized, 0L, 2L, 1L);
  }

  private String inVoice(String value) {
    return voice.map(v -> v.added(value, PATH + ".cond", config.width())).orElse(value);
  }

  /** A convolution that sees one position. */
  private String point(String name, String input, int in, int out) {
    return layers.convolution(Convolution.of(PATH + "." + name, in, out, 1L), input);
  }
}
