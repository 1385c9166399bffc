package org.m4fw.cli.command;

import org.m4fw.base.problem.Category;
import org.m4fw.base.problem.ErrorCode;

/** Options that are well formed and still ask for something impossible. */
enum CommandError implements ErrorCode {
  OUT_OF_RANGE("found %s, expected %s", "correct the option"),
  NO_SUCH_VARIABLE("there is no such environment variable", "set it, or name another");

  private final String template;
  private final String hint;

  CommandError(String template, String hint) {
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
