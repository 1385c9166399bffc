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
  ONLY_FOR_ROOT(
      "found '%s', but %s keys are for the role 'root' only",
      "use a faster algorithm for this role: ML-DSA-65 or ML-DSA-87"),
  TOO_LARGE(
      "has %d bytes, more than the %d allowed", "this is hardly the trust root that was meant"),
  NOT_CANONICAL(
      "is not written in the one canonical form of its content",
      "sign it with `m4fw root sign`, and change nothing afterwards"),
  WRONG_TYPE(
      "was signed as '%s', expected '%s'", "give a trust root; this was signed as something else"),
  BAD_NAME("names version %d, but holds version %d", "name each root of a chain VERSION.root.json"),
  EMPTY_CHAIN(
      "holds no trust root: found no file VERSION.root.json",
      "give a trust root, or the directory of a chain of them"),
  VERSION_NOT_NEXT(
      "has version %d, expected %d: the one after the root before it",
      "roots of a chain follow one another without gaps; get the one that is missing"),
  UNSIGNED("is not signed, but follows another root", "sign it with `m4fw root sign`"),
  DEVELOPMENT_CHANGED(
      "is for %s and the root before it is not",
      "a chain is for releases or for development builds, from its first root on"),
  UNKNOWN_SIGNER(
      "the key is in neither this root nor the one before it",
      "only those who hold keys of these two roots may sign"),
  NO_SUCH_KEY("there is no such key to remove", "`m4fw keys show` lists its keys"),
  NO_ROOT_ROLE(
      "gives nobody the role 'root' or 'release', so that no root can follow",
      "start another chain with a root that has root keys"),
  TOO_FEW_BY_ITSELF(
      "found %d valid signatures by keys of this root, which requires %d",
      "let more of those who hold its keys sign: `m4fw root sign`"),
  TOO_FEW_BY_PREVIOUS(
      "found %d valid signatures by keys of the root before it, which requires %d",
      "let more of those who hold that root's keys sign: `m4fw root sign`"),
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
