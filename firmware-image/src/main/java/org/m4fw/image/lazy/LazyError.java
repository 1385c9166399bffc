package org.m4fw.image.lazy;

import org.m4fw.base.problem.ErrorCode;

/** Why a section cannot be read in the way that was asked for. */
public enum LazyError implements ErrorCode {
  NOT_EXCLUSIVE(
      "may be changed by others while it is used: %s",
      "use a file of your own that nobody else can write, without other names; or let the bytes be"
          + " copied"),
  NOT_ENFORCED(
      "the kernel does not enforce a digest for it: %s",
      "enable fs-verity for the file (`fsverity enable`), or let the bytes be copied"),
  OTHER_DIGEST(
      "the kernel enforces %s, the manifest says %s",
      "the file is not the section that was signed: install it again");

  private final String template;
  private final String hint;

  LazyError(String template, String hint) {
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
