package org.m4fw.base.json;

import org.m4fw.base.problem.ErrorCode;

/** What is wrong with a JSON document or a field in it. */
public enum JsonError implements ErrorCode {
  SYNTAX("is not valid JSON: %s", "correct the file at this place"),
  TOO_LARGE("has %d bytes, more than the %d allowed", "this is hardly the file that was meant"),
  MISSING_FIELD("is missing", "add this field"),
  UNKNOWN_FIELD("is not a known field; known are %s", "correct the spelling or remove it"),
  WRONG_TYPE("found %s, expected %s", "correct the value"),
  OUT_OF_RANGE("found %s, expected %s", "correct the value"),
  NOT_CANONICAL("is not in canonical form", "the file was not written by m4fw, or was changed");

  private final String template;
  private final String hint;

  JsonError(String template, String hint) {
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
