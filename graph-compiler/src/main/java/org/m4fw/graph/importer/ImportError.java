package org.m4fw.graph.importer;

import org.m4fw.base.problem.ErrorCode;

/** Why a checkpoint cannot become a graph. */
public enum ImportError implements ErrorCode {
  NO_CONFIG(
      "there is no config.json beside the weights",
      "download config.json from where the weights come from and put it beside them"),
  UNKNOWN_ARCHITECTURE(
      "found %s, supported are %s", "use a checkpoint of one of these architectures"),
  UNSUPPORTED_OPTION("found %s, supported is %s", "this variant of the model is not supported yet"),
  INCONSISTENT(
      "found %s, expected %s",
      "the configuration contradicts itself; compare it with the original file"),
  MISSING_WEIGHTS(
      "%d of the weights that the configuration asks for are missing: %s",
      "download all files of the checkpoint, or correct config.json"),
  UNKNOWN_WEIGHTS(
      "%d weights are not used by this architecture: %s",
      "the checkpoint is of another kind than its configuration says, or needs a newer m4fw"),
  OTHER_WEIGHTS(
      "%d of the weights that the configuration asks for are missing: %s; and %d others are not"
          + " used: %s",
      "the weights and their configuration do not belong together"),
  NO_SUCH_PART("there is no part '%s'; there are %s", "name one of these parts"),
  UNKNOWN_SETTING(
      "%s cannot be set for %s", "remove it; imu_stride and text_causal_mask are for ImageBind"),
  UNKNOWN_SLOT("adapter_slots holds %s, expected some of %s", "correct the recipe"),
  NO_PIPELINE_PART(
      "the pipeline has no directory '%s' with weights",
      "download all directories of the pipeline that model_index.json names"),
  WRONG_SHAPE("found shape %s, expected %s", "the weights do not belong to this config.json"),
  WRONG_DTYPE("found %s, expected F32, F16 or BF16", "convert the checkpoint to one of these"),
  UNKNOWN_QUANTIZATION(
      "found %s, supported is %s", "start from the unquantized checkpoint, or update m4fw"),
  QUANTIZED_TENSOR(
      "found %s, expected %s", "quantize the original checkpoint again; this one is damaged"),
  NO_SETTING(
      "is not said, neither in config.yaml nor in config.json",
      "download config.yaml from where the weights come from and put it beside them"),
  NOT_BUILT("is %s, which is not supported", "supported models are listed in docs/models.md"),
  UNTIED_HEAD(
      "differs from %s although tie_word_embeddings is true",
      "set tie_word_embeddings to false, or remove the tensor");

  private final String template;
  private final String hint;

  ImportError(String template, String hint) {
    this.template = template;
    this.hint = hint;
  }

  @Override
  public String template() {
    return template;
  }

  @Override
  public String hint() {
    return hint;
  }
}
