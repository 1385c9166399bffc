package org.m4fw.signing.statement;

import org.m4fw.base.problem.ErrorCode;

/** What is wrong with a signed statement, before anybody asks who signed it. */
public enum StatementError implements ErrorCode {
  TOO_LARGE(
      "has %d bytes, more than the %d allowed", "this is hardly the statement that was meant"),
  WRONG_SCHEMA(
      "found schema '%s', expected '%s'", "give a statement that m4fw signed, or a newer m4fw"),
  WRONG_KIND(
      "is a statement of the kind '%s', expected '%s'", "give a statement of the right kind"),
  WRONG_TYPE(
      "was signed as '%s', expected '%s'", "give a statement; this was signed as something else"),
  NOT_CANONICAL(
      "is not written in the one canonical form of its content", "sign it again with m4fw"),
  BAD_DIGEST(
      "found '%s', expected 'sha256:' and 64 hexadecimal digits, in ascending order, each once",
      "name digests as `m4fw image list` does"),
  BAD_KEY_ID(
      "found '%s', expected 64 hexadecimal digits, in ascending order, each once",
      "name keys as `m4fw keys show` does"),
  TOO_MANY("found %d, at most %d are allowed", "raise minimum indexes instead of listing digests"),
  OLD_VERSION(
      "has version %d, and version %d was seen before",
      "get the latest list; old ones do not count");

  private final String template;
  private final String hint;

  StatementError(String template, String hint) {
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
