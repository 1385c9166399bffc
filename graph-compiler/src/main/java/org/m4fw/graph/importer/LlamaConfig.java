package org.m4fw.graph.importer;

import java.util.Optional;
import java.util.OptionalLong;
import org.m4fw.base.json.Fields;
import org.m4fw.graph.ir.Rotary;

/**
 * {@code config.json} of the LLaMA family, in today's spelling and in that of the files on the hub
 * up to 2025 ({@code rope_theta} and {@code rope_scaling} instead of {@code rope_parameters}).
 * Defaults are those of transformers' {@code LlamaConfig} and {@code MistralConfig}.
 *
 * @param family {@code llama} or {@code mistral}
 * @param window how many positions a token sees, itself included
 */
record LlamaConfig(
    String family,
    int vocabulary,
    int width,
    int feedForwardWidth,
    int layers,
    int heads,
    int keyValueHeads,
    int headWidth,
    int context,
    double epsilon,
    boolean tiedHead,
    boolean attentionBias,
    boolean feedForwardBias,
    Rotary rotary,
    OptionalLong window) {
  private static final int MAX_WIDTH = 1 << 20;
  private static final int MAX_CONTEXT = 1 << 24;

  static LlamaConfig read(String family, Fields config) {
    int width = integer(config, "hidden_size", MAX_WIDTH);
    int heads = integer(config, "num_attention_heads", 1 << 12);
    int keyValueHeads =
        Math.toIntExact(config.optionalInteger("num_key_value_heads", 1, 1 << 12).orElse(heads));
    int headWidth =
        Math.toIntExact(config.optionalInteger("head_dim", 1, 1 << 12).orElse(width / heads));
    if (heads % keyValueHeads != 0) {
      throw ImportError.INCONSISTENT.at(
          config.file(),
          "num_key_value_heads",
          keyValueHeads,
          "a divisor of num_attention_heads (%s)".formatted(heads));
    }
    if (headWidth % 2 != 0) {
      throw ImportError.INCONSISTENT.at(config.file(), "head_dim", headWidth, "an even number");
    }
    String activation = config.optionalString("hidden_act").orElse("silu");
    if (!activation.equals("silu")) {
      throw ImportError.UNSUPPORTED_OPTION.at(config.file(), "hidden_act", activation, "silu");
    }
    return new LlamaConfig(
        family,
        integer(config, "vocab_size", 1 << 24),
        width,
        integer(config, "intermediate_size", MAX_WIDTH << 2),
        integer(config, "num_hidden_layers", 1 << 10),
        heads,
        keyValueHeads,
        headWidth,
        Math.toIntExact(
            config.optionalInteger("max_position_embeddings", 1, MAX_CONTEXT).orElse(2048)),
        config.number("rms_norm_eps", 1e-6),
        config.bool("tie_word_embeddings", false),
        config.bool("attention_bias", false),
        config.bool("mlp_bias", false),
        rotary(config),
        window(family, config));
  }

  private static int integer(Fields config, String name, int max) {
    return Math.toIntExact(config.integer(name, 1, max));
  }

  private static OptionalLong window(String family, Fields config) {
    return family.equals("mistral")
        ? config.optionalInteger("sliding_window", 1, MAX_CONTEXT)
        : OptionalLong.empty();
  }

  private static Rotary rotary(Fields config) {
    Optional<Fields> today = config.optionalObject("rope_parameters");
    Optional<Fields> scaling = today.or(() -> config.optionalObject("rope_scaling"));
    double theta =
        today
            .filter(fields -> fields.has("rope_theta"))
            .map(fields -> fields.number("rope_theta"))
            .orElseGet(() -> config.number("rope_theta", 10_000));
    return new Rotary(
        theta, scaling.map(LlamaConfig::rescaling).orElseGet(Rotary.Rescaling.None::new));
  }

  private static Rotary.Rescaling rescaling(Fields fields) {
    String type =
        fields
            .optionalString("rope_type")
            .or(() -> fields.optionalString("type"))
            .orElse("default");
    return switch (type) {
      case "default" -> new Rotary.Rescaling.None();
      case "linear" -> new Rotary.Rescaling.Linear(fields.number("factor"));
      case "llama3" ->
          new Rotary.Rescaling.Llama3(
              fields.number("factor"),
              fields.number("low_freq_factor"),
              fields.number("high_freq_factor"),
              fields.integer("original_max_position_embeddings", 1, MAX_CONTEXT));
      default ->
          throw ImportError.UNSUPPORTED_OPTION.at(
              fields.file(), fields.path() + ".rope_type", type, "default, linear or llama3");
    };
  }
}
