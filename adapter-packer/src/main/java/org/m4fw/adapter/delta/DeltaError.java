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
