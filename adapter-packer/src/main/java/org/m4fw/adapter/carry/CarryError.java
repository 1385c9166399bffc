package org.m4fw.adapter.carry;

import org.m4fw.base.problem.ErrorCode;

/** Why an adapter cannot be carried over. */
public enum CarryError implements ErrorCode {
  NO_WEIGHT(
      "%s does not hold %s",
      "give the checkpoints that the two interfaces were made from, old first"),
  OTHER_SHAPE(
      "is %s in the old base and %s in the new one", "carry it over with --method projected"),
  NOT_PROJECTED(
      "cannot be projected: %s",
      "projection knows the layers of the LLaMA family, with as many layers in both and one vocabulary;"
          + " train the adapter anew for other bases"),
  DIRECT_ONLY(
      "is %s, which only the method direct carries over: as it is",
      "carry it over with --method direct to a base of the same shapes, or train it anew");

  private final String template;
  private final String hint;

  CarryError(String template, String hint) {
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
