package org.m4fw.graph.importer;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.graph.importer.onnx.OnnxImporter;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.SpecialTokens;
import tools.jackson.databind.JsonNode;

/** Chooses the builder for a checkpoint and lets it make the graph. */
public final class ModelImporter {
  private ModelImporter() {}

  /**
   * The graphs of a checkpoint. They refer to the checkpoint's tensors, which have to stay open as
   * long as they are used.
   *
   * @throws org.m4fw.base.problem.ProblemException with an {@link ImportError} or an {@link
   *     org.m4fw.graph.importer.onnx.OnnxImportError}
   */
  public static Model importModel(Checkpoint checkpoint) {
    return importModel(checkpoint, ImportOptions.none());
  }

  /**
   * As {@link #importModel(Checkpoint)}, parts of it or in a variant.
   *
   * @throws org.m4fw.base.problem.ProblemException with an {@link ImportError} or an {@link
   *     org.m4fw.graph.importer.onnx.OnnxImportError}
   */
  public static Model importModel(Checkpoint checkpoint, ImportOptions options) {
    String source = checkpoint.directory().toString();
    if (checkpoint.onnx().isPresent()) {
      options.refuseSettings("an ONNX file");
      return options.of(OnnxImporter.build(checkpoint, checkpoint.onnx().get()));
    }
    if (!named(checkpoint) && ImageBindImporter.recognizes(checkpoint.tensors().keySet())) {
      return options.of(imageBind(checkpoint, source, options));
    }
    Optional<Model> known =
        named(checkpoint) ? Optional.empty() : byTensorNames(checkpoint, source, options);
    if (known.isPresent()) {
      return options.of(known.get());
    }
    Fields config = checkpoint.config().orElseThrow(() -> ImportError.NO_CONFIG.at(source, ""));
    Family family = Family.of(config);
    options.refuseSettings(family.className());
    return options.of(
        family == Family.STABLE_DIFFUSION
            ? StableDiffusionImporter.build(checkpoint)
            : ofFamily(family, checkpoint, config, source, options));
  }

  private static Model ofFamily(
      Family family, Checkpoint checkpoint, Fields config, String source, ImportOptions options) {
    SpecialTokens tokens = specialTokens(checkpoint, config);
    CheckpointWeights weights =
        new CheckpointWeights(source, QuantizedWeights.read(checkpoint, config));
    return switch (family) {
      case LLAMA -> llama(LlamaConfig.read("llama", config), weights, tokens, options);
      case MISTRAL -> llama(LlamaConfig.read("mistral", config), weights, tokens, options);
      case WHISPER ->
          WhisperImporter.build(
              WhisperConfig.read(config),
              weights,
              WhisperTokens.read(tokens, config, generationConfig(checkpoint)));
      case MLP_CLASSIFIER -> MlpClassifierImporter.build(config, weights);
      case VITS -> VitsImporter.build(VitsConfig.read(config), weights);
      case CLIP_TEXT -> ClipTextImporter.build(ClipTextConfig.read(config), weights, tokens);
      case UNET -> UNetImporter.build(UNetConfig.read(config), weights);
      case AUTOENCODER -> AutoencoderImporter.build(AutoencoderConfig.read(config), weights);
      case STABLE_DIFFUSION -> throw new IllegalStateException("a pipeline has no weights itself");
    };
  }

  /** The whole decoder, or its last layer alone, which is a generator of words to other models. */
  private static Model llama(
      LlamaConfig config, CheckpointWeights weights, SpecialTokens tokens, ImportOptions options) {
    return options.parts().equals(Set.of(LlamaHead.PART))
        ? LlamaHead.build(config, weights)
        : Model.of(Model.DECODER, LlamaImporter.build(config, weights, tokens));
  }

  /** Whether a configuration names an architecture; ImageBind's does not, if there is one. */
  private static boolean named(Checkpoint checkpoint) {
    return checkpoint
        .config()
        .filter(
            config ->
                config.has("architectures")
                    || config.has("_class_name")
                    || config.has("model_type"))
        .isPresent();
  }

  /** Other families whose files come without a configuration that names them. */
  private static Optional<Model> byTensorNames(
      Checkpoint checkpoint, String source, ImportOptions options) {
    Set<String> names = checkpoint.tensors().keySet();
    if (ProjectionImporter.recognizes(names)) {
      options.refuseSettings("a projection");
      return Optional.of(ProjectionImporter.build(weights(checkpoint, source), source));
    }
    if (FastSpeech2Importer.recognizes(names)) {
      options.refuseSettings("FastSpeech 2");
      return Optional.of(FastSpeech2Importer.build(checkpoint, weights(checkpoint, source)));
    }
    if (names.contains("decoder.feat_proj.weight") && names.contains("decoder.eos_proj.weight")) {
      throw ImportError.NOT_BUILT.at(source, "", "an autoregressive speech model of fairseq");
    }
    if (HifiGanImporter.recognizes(names)) {
      options.refuseSettings("HiFi-GAN");
      return Optional.of(HifiGanImporter.build(checkpoint, weights(checkpoint, source)));
    }
    return Optional.empty();
  }

  /** The weights of a model whose configuration, if there is one, does not say what it is. */
  private static CheckpointWeights weights(Checkpoint checkpoint, String source) {
    Fields config =
        checkpoint.config().orElseGet(() -> Fields.of(source, CanonicalJson.node(Map.of())));
    return new CheckpointWeights(source, QuantizedWeights.read(checkpoint, config));
  }

  private static Model imageBind(Checkpoint checkpoint, String source, ImportOptions options) {
    Fields config =
        options.over(
            checkpoint.config().orElseGet(() -> Fields.of(source, CanonicalJson.node(Map.of()))));
    return ImageBindImporter.build(
        ImageBindConfig.read(config),
        new CheckpointWeights(source, QuantizedWeights.read(checkpoint, config)),
        source,
        checkpoint.tensors().keySet(),
        options);
  }

  /** {@code generation_config.json} overrides {@code config.json}, as it does in transformers. */
  private static SpecialTokens specialTokens(Checkpoint checkpoint, Fields config) {
    Fields generation =
        generationConfig(checkpoint).filter(fields -> fields.has("eos_token_id")).orElse(config);
    return new SpecialTokens(
        token(generation, "bos_token_id"),
        tokens(generation, "eos_token_id"),
        token(generation, "pad_token_id"));
  }

  private static Optional<Fields> generationConfig(Checkpoint checkpoint) {
    return checkpoint.file("generation_config.json").map(StrictJson::readObject);
  }

  /** A single token; −1 means none in old files. */
  private static OptionalLong token(Fields fields, String name) {
    OptionalLong token = fields.optionalInteger(name, -1, Integer.MAX_VALUE);
    return token.isPresent() && token.getAsLong() < 0 ? OptionalLong.empty() : token;
  }

  /** One token, or a list of them. */
  private static List<Long> tokens(Fields fields, String name) {
    JsonNode node = fields.node().get(name);
    List<Long> tokens = new ArrayList<>();
    if (node != null && node.isArray()) {
      for (long token : fields.integers(name, 0, Integer.MAX_VALUE)) {
        tokens.add(token);
      }
    } else {
      token(fields, name).ifPresent(tokens::add);
    }
    return tokens;
  }
}
