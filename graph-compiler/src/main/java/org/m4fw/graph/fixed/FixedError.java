package org.m4fw.graph.fixed;

import org.m4fw.base.problem.ErrorCode;

/** Why a graph cannot be given fixed sizes. */
public enum FixedError implements ErrorCode {
  SIZE_MISSING(
      "has an axis '%s' whose size is known only when the graph runs",
      "give its size with --sizes AXIS=N"),
  DATA_DEPENDENT(
      "has a size that depends on what the graph computes (%s)",
      "compile this part for a target whose runtime takes sizes when the graph runs");

  private final String template;
  private final String hint;

  FixedError(String template, String hint) {
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
