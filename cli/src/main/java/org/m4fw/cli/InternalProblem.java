package org.m4fw.cli;

import org.m4fw.base.problem.Category;
import org.m4fw.base.problem.ErrorCode;

/** Failures that are no fault of the input or of the user. */
enum InternalProblem implements ErrorCode {
  UNEXPECTED("%s", "this is a fault in m4fw; run it again with -v and report the stack it shows"),
  OUT_OF_MEMORY("out of memory: %s", "give it more, for example with M4FW_JAVA_OPTIONS=-Xmx2g");

  private final String template;
  private final String hint;

  InternalProblem(String template, String hint) {
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
    return Category.INTERNAL;
  }
}
