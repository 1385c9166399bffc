package org.m4fw.host.metric;

import org.m4fw.base.problem.ErrorCode;

/** Why answers cannot be measured. */
public enum MetricError implements ErrorCode {
  NOT_A_NUMBER(
      "'%s' is not a number, and this metric compares numbers",
      "let the task choose from labels that are numbers, or measure something else");

  private final String template;
  private final String hint;

  MetricError(String template, String hint) {
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
