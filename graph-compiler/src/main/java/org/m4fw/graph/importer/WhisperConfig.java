package org.m4fw.graph.importer;

import org.m4fw.base.json.Fields;

/**
 * {@code config.json} of Whisper, with the defaults of transformers' {@code WhisperConfig}. {@code
 * scale_embedding} is not read, as transformers computes nothing with it.
 *
 * @param sourcePositions after the second convolution has halved the frames of the spectrogram
 * @param targetPositions the longest text, in tokens
 */
record WhisperConfig(
    int vocabulary,
    int width,
    int melBins,
    Stack encoder,
    Stack decoder,
    int sourcePositions,
    int targetPositions,
    boolean tiedHead) {
  /** That of PyTorch's LayerNorm; no configuration changes it. */
  static final double EPSILON = 1e-5;

  /** The layers of one of the two halves. */
  record Stack(int layers, int heads, int feedForwardWidth) {
    static Stack read(Fields config, String half, int width) {
      int heads = integer(config, half + "_attention_heads", 6, 1 << 12);
      if (width % heads != 0) {
        throw ImportError.INCONSISTENT.at(
            config.file(),
            half + "_attention_heads",
            heads,
            "a divisor of d_model (%s)".formatted(width));
      }
      return new Stack(
          integer(config, half + "_layers", 4, 1 << 10),
          heads,
          integer(config, half + "_ffn_dim", 1536, 1 << 22));
    }
  }

  static WhisperConfig read(Fields config) {
    String activation = config.optionalString("activation_function").orElse("gelu");
    if (!activation.equals("gelu")) {
      throw ImportError.UNSUPPORTED_OPTION.at(
          config.file(), "activation_function", activation, "gelu");
    }
    int width = integer(config, "d_model", 384, 1 << 20);
    return new WhisperConfig(
        integer(config, "vocab_size", 51_865, 1 << 24),
        width,
        integer(config, "num_mel_bins", 80, 1 << 12),
        Stack.read(config, "encoder", width),
        Stack.read(config, "decoder", width),
        integer(config, "max_source_positions", 1500, 1 << 24),
        integer(config, "max_target_positions", 448, 1 << 24),
        config.bool("tie_word_embeddings", true));
  }

  private static int integer(Fields config, String name, int otherwise, int max) {
    return Math.toIntExact(config.optionalInteger(name, 1, max).orElse(otherwise));
  }
}
