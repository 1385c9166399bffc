package org.m4fw.adapter.lite;

import org.m4fw.base.problem.ErrorCode;

/** Why a graph of LiteRT cannot have an adapter. */
public enum LiteAdapterError implements ErrorCode {
  NO_SLOTS(
      "takes no adapters", "compile it with --adapter-rank N, the largest rank that it shall take"),
  NO_SUCH_POINT(
      "the graph takes no adapter here",
      "the adapter was trained for another model, or for another part of it: --part, or the graph's"
          + " own file"),
  RANK_TOO_LARGE(
      "has rank %d, and the graph takes up to %d",
      "compile the graph with a larger --adapter-rank, or train with a smaller rank"),
  WRONG_SHAPE("has shape %s, expected %s", "the adapter was trained for a model of another size"),
  SIGNATURES_DIFFER(
      "does not take the same adapters as %s", "the file was not compiled by m4fw; do it again"),
  BAD_SLOT(
      "the graph takes %s, expected %s", "the file was not compiled for adapters; do it again"),
  MATRICES_ONLY(
      "cannot be taken by a graph of LiteRT: %s",
      "use a target that runs ONNX, or train it as LoRA of linear layers"),
  TOO_STRONG(
      "holds %s, and the graph's whole numbers reach up to %s",
      "compile the graph with this adapter as the one that it is measured with, or train with a"
          + " smaller alpha"),
  BAD_FORM("holds %s, expected %s", "bind the package again");

  private final String template;
  private final String hint;

  LiteAdapterError(String template, String hint) {
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
