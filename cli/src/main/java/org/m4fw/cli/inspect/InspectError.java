package org.m4fw.cli.inspect;

import org.m4fw.base.problem.ErrorCode;

/** Things that nobody can say what they are. */
enum InspectError implements ErrorCode {
  UNKNOWN_JSON(
      "is JSON of no kind that m4fw knows; its fields are %s",
      "'m4fw inspect' knows checkpoints, graphs, adapters, images, keys, recipes, token files"),
  UNKNOWN_FILE(
      "is no file that m4fw knows",
      "'m4fw inspect' knows checkpoints, graphs, adapters, images, keys, recipes, token files");

  private final String template;
  private final String hint;

  InspectError(String template, String hint) {
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
