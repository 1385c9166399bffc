package org.m4fw.adapter.contract;

import org.m4fw.base.problem.ErrorCode;

/** What is wrong with the file of an interface record. */
public enum ContractError implements ErrorCode {
  BAD_STATEMENT("found '%s', expected %s", "get the statement again from whoever signed it"),
  UNKNOWN_SCHEMA("found %s, expected %s", "read it with the version of m4fw that wrote it"),
  BAD_KERNEL(
      "has a kernel of sizes %s, expected 1 to %d whose product divides the width",
      "make it again with m4fw"),
  BAD_ID("'%s' is not an allowed name", "use lower-case letters, digits, dots and dashes"),
  BAD_VERSION("'%s' is not a version such as 1.0.0", "write three numbers with dots"),
  BAD_DIGEST("'%s' is not sha256: and 64 hexadecimal digits", "let m4fw write the file"),
  POINT_COUNT("has %d points, expected 1 to %d", "let m4fw write the file"),
  DUPLICATE_POINT("%s is there twice", "let m4fw write the file"),
  EMPTY_LIST("is empty", "let m4fw write the file");

  private final String template;
  private final String hint;

  ContractError(String template, String hint) {
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
