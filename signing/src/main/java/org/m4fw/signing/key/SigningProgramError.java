package org.m4fw.signing.key;

import org.m4fw.base.problem.ErrorCode;

/** What a signing program does not do. */
public enum SigningProgramError implements ErrorCode {
  NOT_STARTED(
      "cannot be started as a signing program",
      "give the absolute path of a program that may be run"),
  FAILED("ended with exit code %d", "what it wrote to standard error may say why"),
  TOO_SLOW(
      "gave no signature within %d seconds",
      "raise \"seconds\" in identity.json if it waits for people"),
  TOO_MUCH("wrote more than %d bytes", "it has to write the signature and nothing else"),
  WRONG_SIGNATURE(
      "wrote %d bytes that are no signature by %s",
      "it has to sign standard input with the key whose id it gets; nothing was written");

  private final String template;
  private final String hint;

  SigningProgramError(String template, String hint) {
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
