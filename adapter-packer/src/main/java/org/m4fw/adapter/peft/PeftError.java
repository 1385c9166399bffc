package org.m4fw.adapter.peft;

import org.m4fw.base.problem.ErrorCode;

/** What is wrong with, or not supported of, an adapter directory of PEFT. */
public enum PeftError implements ErrorCode {
  NO_WEIGHTS("is missing", "the adapter is incomplete; fetch the file"),
  UNSUPPORTED_TYPE("is %s, which is not supported; supported are %s", "train the adapter as LoRA"),
  UNSUPPORTED_METHOD(
      "is %s, which no graph has a place for: %s",
      "train the adapter as LoRA or DoRA, or merge it into the weights and take these as a"
          + " checkpoint of their own"),
  UNSUPPORTED_SETTING(
      "is %s, which is not supported yet: %s", "train or export the adapter without it"),
  UNKNOWN_SETTING(
      "is %s, a setting that m4fw does not know and that may change the arithmetic",
      "train the adapter without it, or remove the field if it has no effect"),
  UNSUPPORTED_TENSOR("is not supported yet: %s", "train or export the adapter without it"),
  UNKNOWN_TENSOR(
      "is not the name of a LoRA matrix",
      "expected base_model.model.<layer>.lora_A.weight or .lora_B.weight"),
  WRONG_PROMPT(
      "has shape %s, expected %s, as %s says",
      "the file is damaged or of another adapter; save it again"),
  DUPLICATE_TENSOR("gives layer %s a second matrix", "the file mixes two adapters; save one"),
  MISSING_ALPHA("does not say alpha", "give it with --adapter-alpha"),
  ALPHA_CONFLICT("is %s, but %s was asked for", "leave --adapter-alpha out"),
  NOT_WRITABLE("cannot be written for PEFT: %s", "use the package itself"),
  BAD_PATTERN("'%s' cannot be used as a pattern: %s", "write plain layer names"),
  TOO_MANY_PATTERNS("has %d patterns, at most %d are allowed", "write shorter patterns");

  private final String template;
  private final String hint;

  PeftError(String template, String hint) {
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
