package org.m4fw.adapter.delta;

import org.m4fw.base.problem.ErrorCode;

/** What is wrong with a file of trained tensors. */
public enum DeltaError implements ErrorCode {
  MISSING_ALPHA("the format does not hold alpha", "give it with --adapter-alpha"),
  UNKNOWN_TENSOR("is no tensor of %s", "the file holds more than one adapter; save it alone"),
  DUPLICATE_TENSOR("gives layer %s a second matrix", "the file mixes two adapters; save one"),
  NOT_FUSED(
      "has shape %s, which is not that of LoRA on two or three of the fused query, key and value",
      "m4fw reads LoRA on query and value, or on all three"),
  WRONG_SHAPE(
      "has shape %s, expected %s, as the model has %d heads of width %d",
      "the adapter was trained for a model of another size"),
  GROUPED_HEADS(
      "the model groups queries, %d heads over %d, which lit-llama does not",
      "the adapter was trained for another architecture"),
  TWO_TRAININGS(
      "is a second file of its kind", "leave the files of one training only in the directory"),
  OTHER_DEPTH(
      "holds %d tensors, expected %d: two pairs for each of the base's %d blocks",
      "the adapter was trained for a model of another depth"),
  LONE_ALPHA(
      "is the alpha of layer %s, whose matrices are not there",
      "the file is not whole, or mixes two adapters; fetch or save it again"),
  NO_PAIR("has no pair of matrices of this number", "the file is damaged; fetch it again"),
  NOT_A_PROJECTION(
      "is %s and its partner %s, which is neither of the trunk's width %d nor of three times that",
      "the adapter was trained for a model of another size"),
  NO_HEAD(
      "replaces %s, and the base has no slot for that",
      "keep the head unquantized in the base, or run the checkpoint itself with the adapter"),
  UNSUPPORTED_TENSOR("is not supported: %s", "train or export the adapter as plain LoRA"),
  LONG_METADATA("is %d characters long, at most %d are read", "save the adapter again"),
  NO_POINT(
      "is of no layer of the base that takes adapters",
      "the adapter was trained for another model; 'm4fw adapter interface' lists the layers"),
  NOT_A_DECODER("the model is no decoder of text", "the adapter was trained for LLaMA");

  private final String template;
  private final String hint;

  DeltaError(String template, String hint) {
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
