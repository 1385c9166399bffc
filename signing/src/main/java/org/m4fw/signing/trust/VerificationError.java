package org.m4fw.signing.trust;

import org.m4fw.base.problem.ErrorCode;

/** Why a signed file is not trusted. */
public enum VerificationError implements ErrorCode {
  WRONG_PAYLOAD_TYPE(
      "found %s, expected %s", "give a file of the right kind; this one was signed as another"),
  DEVELOPMENT_IMAGE(
      "is a development build, signed by a key that anybody may have",
      "allow it with --allow-development, or build it again with a release identity"),
  ROOT_FOR_DEVELOPMENT(
      "is a release, and the trust root %s is for development builds",
      "name the trust root of its release identity with --root FILE"),
  ROOT_FOR_RELEASES(
      "is a development build, and the trust root %s is for releases",
      "leave --root out, or name the trust root of the development identity that signed it"),
  NO_SUCH_ROLE(
      "the trust root %s gives nobody the role '%s'",
      "name the right trust root with --root FILE, or let its owner add the role"),
  UNKNOWN_SIGNER(
      "the key is not in the trust root %s",
      "name the right trust root with --root FILE; signatures that nobody checks are refused, as"
          + " every byte has to be accounted for; `m4fw verify --allow-unknown-signatures` ignores"
          + " them"),
  SIGNATURE_LENGTH(
      "has %d bytes, a signature by this %s key has %d",
      "the file was damaged or changed: copy, download or build it again"),
  BAD_SIGNATURE(
      "was not made by this %s key over this payload",
      "the file was damaged or changed: copy, download or build it again"),
  REVOKED_KEY(
      "this key is revoked by %s", "sign it with another key, and with --replace: `m4fw sign`"),
  REVOKED_CONTENT("%s is revoked by %s", "use a newer build; this one was withdrawn"),
  REVOKED_INDEX(
      "found rollback index %d in the domain '%s', %s demands at least %d",
      "use a newer build; this one was withdrawn"),
  TOO_FEW_FOR_ROOT(
      "found %d valid signatures, the trust root requires %d",
      "sign it with the keys that are missing: `m4fw sign`"),
  TOO_FEW_FOR_PAYLOAD(
      "found %d valid signatures, the image itself requires %d",
      "a signature was removed, or is still to be made: `m4fw sign`");

  private final String template;
  private final String hint;

  VerificationError(String template, String hint) {
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
