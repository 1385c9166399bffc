package org.m4fw.adapter.peft;

import java.nio.file.Path;
import java.util.Set;
import org.m4fw.adapter.lora.LoraError;
import org.m4fw.adapter.lora.LoraValues;
import org.m4fw.adapter.prompt.SoftPrompt;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;

/**
 * Reads what PEFT saves of prompt tuning, P-tuning and prefix tuning: one tensor {@code
 * prompt_embeddings} [tokens, width]; for prefix tuning [tokens, 2 · layers · width], per layer the
 * keys, then the values. Networks that made these in training were evaluated when it was saved.
 */
public final class PeftPromptReader {
  static final String TENSOR = "prompt_embeddings";
  private static final int MOST_TOKENS = 1 << 16;
  private static final int MOST_LAYERS = 1 << 10;
  private static final int MOST_WIDTH = 1 << 20;

  /** Read here, or of no effect on trained vectors. */
  private static final Set<String> KNOWN =
      Set.of(
          "auto_mapping",
          "base_model_name_or_path",
          "encoder_dropout",
          "encoder_hidden_size",
          "encoder_num_layers",
          "encoder_reparameterization_type",
          "inference_mode",
          "init_weights",
          "num_attention_heads",
          "num_layers",
          "num_transformer_submodules",
          "num_virtual_tokens",
          "peft_type",
          "peft_version",
          "prefix_projection",
          "prompt_tuning_init",
          "prompt_tuning_init_text",
          "revision",
          "task_type",
          "token_dim",
          "tokenizer_kwargs",
          "tokenizer_name_or_path");

  private PeftPromptReader() {}

  /**
   * Reads the adapter; its tensor is one of {@code weights}.
   *
   * @throws org.m4fw.base.problem.ProblemException with a {@link PeftError}, {@link LoraError} or
   *     an error of JSON
   */
  public static SoftPrompt read(Path directory, Checkpoint weights) {
    Fields config = StrictJson.readObject(directory.resolve(PeftReader.CONFIG));
    SoftPrompt.Kind kind =
        PeftType.of(config) == PeftType.PREFIX_TUNING
            ? SoftPrompt.Kind.CACHE
            : SoftPrompt.Kind.VECTORS;
    checkSettings(config);
    Tensor tensor = weights.tensor(TENSOR);
    Path file = tensor.extent().file();
    for (String name : weights.tensors().keySet()) {
      if (!name.equals(TENSOR)) {
        throw PeftError.UNSUPPORTED_TENSOR.at(file, name, "more than virtual tokens was trained");
      }
    }
    Shape expected = shape(config, kind);
    if (!tensor.shape().equals(expected)) {
      throw PeftError.WRONG_PROMPT.at(file, TENSOR, tensor.shape(), expected, config.file());
    }
    if (!TensorFloats.canRead(tensor.dtype())) {
      throw LoraError.NOT_FLOAT.at(file, TENSOR, tensor.dtype());
    }
    LoraValues.requireFinite(tensor);
    return new SoftPrompt(kind, tensor);
  }

  private static Shape shape(Fields config, SoftPrompt.Kind kind) {
    long tokens = config.integer("num_virtual_tokens", 1, MOST_TOKENS);
    long width = config.integer("token_dim", 1, MOST_WIDTH);
    return switch (kind) {
      case VECTORS -> Shape.of(tokens, width);
      case CACHE -> Shape.of(tokens, 2 * config.integer("num_layers", 1, MOST_LAYERS) * width);
    };
  }

  private static void checkSettings(Fields config) {
    if (config.has("num_transformer_submodules")) {
      long submodules = config.integer("num_transformer_submodules", 1, 2);
      if (submodules != 1) {
        throw PeftError.UNSUPPORTED_SETTING.at(
            config.file(),
            "num_transformer_submodules",
            submodules,
            "virtual tokens of an encoder too");
      }
    }
    for (String name : config.names()) {
      if (!KNOWN.contains(name) && !PeftSettings.isOff(config.node().path(name))) {
        String shown = PeftSettings.shorten(config.node().path(name));
        throw name.equals("modules_to_save")
            ? PeftError.UNSUPPORTED_SETTING.at(
                config.file(), name, shown, "whole layers of the base are replaced")
            : PeftError.UNKNOWN_SETTING.at(config.file(), name, shown);
      }
    }
  }
}
