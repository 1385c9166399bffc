package org.m4fw.graph.tflite;

import org.m4fw.base.problem.ErrorCode;

/** Why a graph cannot be written for LiteRT, or a file of it cannot be used. */
public enum LiteError implements ErrorCode {
  NO_EQUIVALENT(
      "%s has no equivalent in LiteRT that m4fw knows (%s)",
      "compile this part for a target that runs ONNX"),
  UNSUPPORTED_ENCODING(
      "is stored as %s, which LiteRT does not read", "store it in one of the target's encodings"),
  NO_RANGE(
      "its range is not known at these sizes",
      "calibrate on data of the sizes of the bucket, or ask for a bucket of the data's sizes with"
          + " --sizes"),
  NOT_WHOLE(
      "%s has no form in whole numbers (%s), and the device takes nothing else",
      "compile this part for a target that computes in floating point"),
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
