package org.m4fw.signing.trust;

import org.m4fw.base.problem.ErrorCode;

/** What is wrong with a trust root. */
public enum TrustRootError implements ErrorCode {
  MISSING(
      "there is no trust root to verify against",
      "name one with --root FILE, or put it at this place; `m4fw keys new` writes one"),
  WRONG_SCHEMA(
      "found schema '%s', expected '%s'",
      "give a trust root that `m4fw keys new` wrote, or a newer m4fw"),
  NOT_BASE64("is not canonical base64", "copy the key as `m4fw keys new` wrote it"),
  WRONG_ALGORITHM(
      "names '%s', but the key is one of %s", "correct the algorithm; a key has exactly one"),
  WRONG_KEY_ID(
      "found %s, but the key's id is %s", "correct the id: the SHA-256 of the key's DER bytes"),
  WRONG_ROLE(
      "found '%s', expected lower-case letters, digits and hyphens, at most 32",
      "correct the name of the role"),
  WRONG_CLASS("found '%s', expected 'classical' or 'post-quantum'", "correct the class"),
  DUPLICATE_KEY("is the same key as an earlier one", "list each key once"),
  DUPLICATE_REQUIREMENT("asks for %s again", "keep one entry for each role and class"),
  TOO_MANY("found %d, at most %d are allowed", "split the trust root"),
  TOO_WEAK(
      "requires no %s signature", "require at least one classical and one post-quantum signature"),
  UNSATISFIABLE(
      "requires %d, but the trust root has %d such keys", "add keys, or lower the threshold");

  private final String template;
  private final String hint;

  TrustRootError(String template, String hint) {
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
