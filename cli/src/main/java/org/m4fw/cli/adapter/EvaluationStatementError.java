package org.m4fw.cli.adapter;

import org.m4fw.base.problem.ErrorCode;

/** What is wrong with the statement of how well an adapter works. */
public enum EvaluationStatementError implements ErrorCode {
  ABOUT_ANOTHER(
      "is about %s, and the adapter's weights are %s",
      "measure this adapter: 'm4fw eval --adapter PACKAGE --statement F'");

  private final String template;
  private final String hint;

  EvaluationStatementError(String template, String hint) {
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
