package org.m4fw.cli.inspect;

import org.m4fw.base.problem.ErrorCode;

/** What is wrong with the numbers in an image, though they are what was signed. */
public enum SanityError implements ErrorCode {
  NON_FINITE_SCALE(
      "scale %d of %d is %s",
      "the image was made of a broken checkpoint or by a faulty quantizer: build it again");

  private final String template;
  private final String hint;

  SanityError(String template, String hint) {
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
