package org.m4fw.graph.pass;

import org.m4fw.base.problem.ErrorCode;

/** Why a model cannot be rewritten as asked. */
public enum PassError implements ErrorCode {
  NO_SUCH_WEIGHT(
      "the model has no such weight to replace%s", "the file was made for another architecture"),
  WRONG_SHAPE(
      "found shape %s, expected %s as in the model",
      "the file was made for a model of another size or vocabulary"),
  WRONG_DTYPE("found %s, expected F32, F16 or BF16", "save it in one of these"),
  NO_SUCH_LAYER(
      "the model has no such layer that adapters can add to",
      "the adapter was trained for another architecture, or for layers whose weights are no"
          + " single matrices or kernels"),
  NO_EMBEDDING(
      "its decoder looks up no tokens, so that vectors cannot take their place",
      "give a language model");

  private final String template;
  private final String hint;

  PassError(String template, String hint) {
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
