package org.m4fw.signing.evidence;

import org.m4fw.base.problem.ErrorCode;

/** What is wrong with evidence. Evidence decides nothing, but wrong evidence is worse than none. */
public enum EvidenceError implements ErrorCode {
  NOT_A_CERTIFICATE("is no X.509 certificate", "give a certificate as PEM or DER"),
  OTHER_KEY(
      "is the certificate of another key than %s", "give the certificate of the key that signs"),
  TOO_MANY_CERTIFICATES(
      "holds more than %d certificates",
      "give the chain of the signing key alone: its own certificate, then those that lead to an"
          + " anchor"),
  NO_CERTIFICATES(
      "there is no such file, and --anchors asks for the certificates of a key that signed",
      "name their file with --certificate, or leave --anchors out"),
  NOT_FOR_SIGNING(
      "is not for signing: it is for %s",
      "get a certificate for signatures from the authority; or sign with another key"),
  CHAIN_BROKEN(
      "is not signed by the certificate that follows it (%s)",
      "put the certificates into their order, the signing key's own first, each issuer after it"),
  PATH_REFUSED(
      "is not what RFC 5280 allows in this place (%s)",
      "get the chain from the authority again; is one of its certificates no authority's?"),
  NOT_AN_ANCHORS_CHAIN(
      "does not lead to any of the anchors in %s",
      "name the authority's own certificate with --anchors, or add what is missing in between"),
  NOT_VALID_THEN(
      "is valid from %s to %s, and not at %s",
      "use a key with a certificate that was valid then; what decides is the timestamp, or else"
          + " when all certificates of the chain were issued, and never a clock"),
  WEAK_CERTIFICATE(
      "is signed with what nobody relies on any more, or cannot be checked here (%s)",
      "get a certificate that is signed with ECDSA, Ed25519, ML-DSA, or RSA of 2048 bits or more"),
  NOT_A_TIMESTAMP("is no RFC 3161 timestamp: %s", "give what the time stamping authority answered"),
  NOT_GRANTED("the authority refused: %s", "ask again, or ask another authority"),
  OTHER_IMAGE(
      "is a timestamp for %s, and the image id is %s",
      "give the timestamp that was made for this image"),
  OTHER_DIGEST("uses %s for what was stamped, expected SHA-256", "ask with `m4fw image timestamp`"),
  TIMESTAMP_SIGNATURE(
      "is not signed by the authority's certificate (%s)",
      "the file was damaged or changed; or another authority made it");

  private final String template;
  private final String hint;

  EvidenceError(String template, String hint) {
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
