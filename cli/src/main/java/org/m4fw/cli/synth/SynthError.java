package org.m4fw.cli.synth;

import org.m4fw.base.problem.Category;
import org.m4fw.base.problem.ErrorCode;

/** Why a synthetic checkpoint cannot be made. */
public enum SynthError implements ErrorCode {
  UNKNOWN_COMPONENT("found '%s', expected one of %s", "choose one of these"),
  NO_ROOM(
      "%d bytes are to be written, and %d are free",
      "free some space, choose another place with --out, or write no weights with --metadata-only");

  private final String template;
  private final String hint;

  SynthError(String template, String hint) {
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

  @Override
  public Category category() {
    return Category.USAGE;
  }
}
