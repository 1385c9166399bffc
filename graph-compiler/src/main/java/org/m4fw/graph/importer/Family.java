package org.m4fw.graph.importer;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.m4fw.base.json.Fields;

/** The families of models, by the names that configurations give them. */
enum Family {
  LLAMA("LlamaForCausalLM", "llama"),
  MISTRAL("MistralForCausalLM", "mistral"),
  WHISPER("WhisperForConditionalGeneration", "whisper"),
  VITS("VitsModel", "vits"),
  MLP_CLASSIFIER("MlpClassifier", ""),
  CLIP_TEXT("CLIPTextModel", "clip_text_model"),
  UNET("UNet2DConditionModel", ""),
  AUTOENCODER("AutoencoderKL", ""),
  STABLE_DIFFUSION("StableDiffusionPipeline", "");

  private final String className;
  private final String modelType;

  /**
   * @param className in {@code architectures} of transformers or {@code _class_name} of diffusers
   * @param modelType in {@code model_type}, which counts where there is no class name
   */
  Family(String className, String modelType) {
    this.className = className;
    this.modelType = modelType;
  }

  /** As transformers or diffusers call it. */
  String className() {
    return className;
  }

  /**
   * The family that a configuration names.
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link ImportError#UNKNOWN_ARCHITECTURE}
   */
  static Family of(Fields config) {
    List<String> architectures = config.strings("architectures");
    Optional<String> className =
        architectures.isEmpty()
            ? config.optionalString("_class_name")
            : Optional.of(architectures.getFirst());
    String found = className.or(() -> config.optionalString("model_type")).orElse("nothing");
    return Arrays.stream(values())
        .filter(family -> found.equals(className.isPresent() ? family.className : family.modelType))
        .findFirst()
        .orElseThrow(
            () ->
                ImportError.UNKNOWN_ARCHITECTURE.at(
                    config.file(),
                    config.has("_class_name") ? "_class_name" : "architectures",
                    found,
                    String.join(
                        ", ",
                        Arrays.stream(values())
                            .map(family -> family.className)
                            .sorted()
                            .toList())));
  }
}
