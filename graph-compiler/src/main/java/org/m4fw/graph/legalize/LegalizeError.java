package org.m4fw.graph.legalize;

import org.m4fw.base.problem.ErrorCode;

/** Why a graph cannot be lowered to a target. */
public enum LegalizeError implements ErrorCode {
  UNSUPPORTED_OPERATOR(
      "needs the operator %s, which the target does not have",
      "choose another target, or correct the target's list of operators"),
  CONTEXT_TOO_LONG(
      "a context of %d tokens was asked for, the model has %d", "ask for a shorter context");

  private final String template;
  private final String hint;

  LegalizeError(String template, String hint) {
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
