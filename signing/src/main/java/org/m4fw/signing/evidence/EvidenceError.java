package org.m4fw.signing.evidence;

import org.m4fw.base.problem.ErrorCode;

/** What is wrong with evidence. Evidence decides nothing, but wrong evidence is worse than none. */
public enum EvidenceError implements ErrorCode {
  NOT_A_CERTIFICATE("is no X.509 certificate", "give a certificate as PEM or DER"),
  OTHER_KEY(
      "is the certificate of another key than %s", "give the certificate of the key that signs"),
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
