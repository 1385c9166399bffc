package org.m4fw.graph.onnx;

import org.m4fw.base.problem.ErrorCode;

/** What is wrong with an ONNX file, or with what should become one. */
public enum OnnxError implements ErrorCode {
  MALFORMED("is not a valid ONNX file: %s", "the file is damaged, or is something else"),
  NOT_OURS(
      "holds no m4fw metadata, so how to feed it is not known",
      "give a graph that m4fw compiled, or the checkpoint"),
  BAD_METADATA("has metadata that cannot be read: %s", "compile it again"),
  NOT_FLAT("holds %s, which no compiled graph does", "compile it again; this one was changed"),
  UNSAFE_LOCATION(
      "refers to data outside its directory: %s", "only data files beside the graph are read"),
  DATA_OUT_OF_RANGE(
      "needs bytes %d to %d of %s, which has %d",
      "the data file is cut short or belongs to another graph"),
  UNSUPPORTED_ENCODING(
      "is stored as %s, which the target %s cannot read here",
      "choose another scheme for this weight with overrides");

  private final String template;
  private final String hint;

  OnnxError(String template, String hint) {
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
