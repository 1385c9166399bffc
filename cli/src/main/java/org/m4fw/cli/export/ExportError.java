package org.m4fw.cli.export;

import org.m4fw.base.problem.ErrorCode;

/** Why an image cannot be given another form. */
public enum ExportError implements ErrorCode {
  PROGRAM_MISSING(
      "is not installed, and an ext4 file system cannot be made without it",
      "install e2fsprogs, or export with --layout dir"),
  PROGRAM_FAILED("ended with exit code %d: %s", "check the disk and the version of e2fsprogs"),
  PROGRAM_ENDLESS("did not come to an end", "check the disk and the version of e2fsprogs"),
  NOT_ECDSA(
      "has no ECDSA key, and this form knows no other",
      "make an identity with `m4fw keys new --classical ecdsa-p256`, or use a key in a token");

  private final String template;
  private final String hint;

  ExportError(String template, String hint) {
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
