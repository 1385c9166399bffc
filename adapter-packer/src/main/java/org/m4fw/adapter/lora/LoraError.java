package org.m4fw.adapter.lora;

import org.m4fw.base.problem.ErrorCode;

/** What is wrong with a low-rank adapter, whatever its file format. */
public enum LoraError implements ErrorCode {
  NO_PAIRS("holds no LoRA matrices", "check that this is the trained adapter"),
  MISSING_PARTNER("has %s but no %s", "the file is incomplete; save the adapter again"),
  NOT_A_MATRIX(
      "has shape %s, expected two dimensions", "the file is damaged; save the adapter again"),
  WRONG_BIAS(
      "has shape %s, expected %s: one number for each row of B",
      "the file is damaged; save the adapter again"),
  SCALED_CONVOLUTION(
      "is a convolution, and DoRA is supported on linear layers only",
      "train DoRA on linear layers, or the convolutions without it"),
  WRONG_KERNEL(
      "has a kernel of sizes %s, expected %s", "use an adapter that was made for this base"),
  TOO_LARGE("has shape %s, more than %d numbers", "this is hardly the file that was meant"),
  NOT_FLOAT("dtype %s is not supported, expected F32, F16, BF16 or F64", "save it as F32 or F16"),
  RANK_MISMATCH("has rank %d, expected %d as %s says", "save the adapter again from its trainer"),
  RANK_ZERO("has rank 0", "the adapter is empty here; leave the layer out when training"),
  RANK_TOO_LARGE("has rank %d, at most %d is allowed", "train with a smaller rank"),
  BAD_ALPHA("alpha is %s, expected a number of %s to %s", "correct lora_alpha"),
  WRONG_HEAD(
      "has shape %s, expected %s, that of the weight that it replaces",
      "the adapter was trained for a model of another size"),
  MISSING_MAGNITUDE(
      "has no lora_magnitude_vector, though the adapter is DoRA",
      "the file is incomplete; save the adapter again"),
  WRONG_MAGNITUDE(
      "has shape %s, expected %s: one number for each row of B",
      "the file is damaged; save the adapter again"),
  ZERO_ROW(
      "row %d of the changed weight is all zero, and DoRA divides by its norm",
      "the adapter was trained for other weights"),
  QUANTIZED_BASE(
      "the weight is stored as %s, and DoRA needs its exact rows",
      "give the checkpoint as it was before quantization, with --scheme"),
  NOT_FINITE(
      "element %d (row %d, column %d) is %s",
      "the training diverged; take an earlier checkpoint of the adapter"),
  F16_OVERFLOW(
      "element %d is %s after scaling, beyond what F16 holds",
      "use a graph with F32 inputs, or train with a smaller alpha"),
  UNKNOWN_POINT(
      "the model has no such attachment point%s",
      "the adapter was trained for another architecture, or for layers that take no adapters"),
  WRONG_SHAPE(
      "has shape %s, expected %s, as the layer maps %d to %d",
      "the adapter was trained for a model of another size");

  private final String template;
  private final String hint;

  LoraError(String template, String hint) {
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
