package org.m4fw.quantizer.calibration;

import org.m4fw.base.problem.ErrorCode;

/** Why data is no calibration data for a model. */
public enum CalibrationError implements ErrorCode {
  NEEDS_TENSORS(
      "holds tokens, which the part %s of this model does not take; it takes %s",
      "give a safetensors file with these tensors"),
  MISSING_INPUTS(
      "lacks inputs of every part of the model; the first takes %s", "add the missing tensors"),
  TOKEN_OUT_OF_RANGE(
      "found token %s, the vocabulary has %s", "these tokens were made with another tokenizer"),
  WINDOW_TOO_LONG(
      "has windows of %s tokens, the model takes at most %s", "cut the text into shorter windows"),
  NOT_FINITE(
      "the inputs of %s are not all finite", "the model cannot compute these calibration data");

  private final String template;
  private final String hint;

  CalibrationError(String template, String hint) {
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
