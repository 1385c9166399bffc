package org.m4fw.graph.tflite;

import org.m4fw.base.problem.ErrorCode;

/** Why a graph cannot be written for LiteRT, or a file of it cannot be used. */
public enum LiteError implements ErrorCode {
  NO_EQUIVALENT(
      "%s has no equivalent in LiteRT that m4fw knows (%s)",
      "compile this part for a target that runs ONNX"),
  UNSUPPORTED_ENCODING(
      "is stored as %s, which LiteRT does not read", "store it in one of the target's encodings"),
  MALFORMED("at byte %s: %s", "make the file again"),
  INCONSISTENT("found %s, expected %s", "make the file again");

  private final String template;
  private final String hint;

  LiteError(String template, String hint) {
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
