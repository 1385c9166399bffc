package org.m4fw.graph.importer;

import org.m4fw.base.json.Fields;
import org.m4fw.graph.ir.Operator.Gelu;

/**
 * {@code config.json} of a CLIP text model, with the defaults of transformers' {@code
 * CLIPTextConfig}.
 *
 * @param positions the longest text, in tokens
 * @param end the token that ends a text, at whose position the pooled output is taken
 */
record ClipTextConfig(
    int vocabulary,
    int width,
    int feedForwardWidth,
    int layers,
    int heads,
    int positions,
    Gelu.Kind activation,
    double epsilon,
    long end) {
  private static final int MAX_WIDTH = 1 << 16;

  static ClipTextConfig read(Fields config) {
    int width = integer(config, "hidden_size", 512, MAX_WIDTH);
    int heads = integer(config, "num_attention_heads", 8, 1 << 10);
    if (width % heads != 0) {
      throw ImportError.INCONSISTENT.at(
          config.file(),
          "num_attention_heads",
          heads,
          "a divisor of hidden_size (%d)".formatted(width));
    }
    return new ClipTextConfig(
        integer(config, "vocab_size", 49_408, 1 << 24),
        width,
        integer(config, "intermediate_size", 2048, MAX_WIDTH << 2),
        integer(config, "num_hidden_layers", 12, 1 << 10),
        heads,
        integer(config, "max_position_embeddings", 77, 1 << 20),
        activation(config),
        config.number("layer_norm_eps", 1e-5),
        config.optionalInteger("eos_token_id", 0, Integer.MAX_VALUE).orElse(49_407));
  }

  private static int integer(Fields config, String name, int otherwise, int max) {
    return Math.toIntExact(config.optionalInteger(name, 1, max).orElse(otherwise));
  }

  private static Gelu.Kind activation(Fields config) {
    return switch (Supported.word(
        config, "hidden_act", "quick_gelu", "gelu", "gelu_new", "gelu_pytorch_tanh")) {
      case "quick_gelu" -> Gelu.Kind.QUICK;
      case "gelu" -> Gelu.Kind.ERF;
      default -> Gelu.Kind.TANH;
    };
  }
}
