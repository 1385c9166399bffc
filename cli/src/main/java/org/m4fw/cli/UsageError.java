package org.m4fw.cli;

import org.m4fw.base.problem.Category;
import org.m4fw.base.problem.ErrorCode;

/** What is wrong with the words of a command line. */
enum UsageError implements ErrorCode {
  NO_COMMAND("no command was given", "'m4fw --help' lists the commands"),
  UNKNOWN_COMMAND("there is no such command", "'m4fw --help' lists the commands"),
  WRONG_ARGUMENTS("%s", "the command's --help shows how to call it");

  private final String template;
  private final String hint;

  UsageError(String template, String hint) {
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
