package org.m4fw.signing.trust;

import org.m4fw.base.problem.ErrorCode;

/** What a verification policy does not let pass, and what is wrong with its file. */
public enum PolicyError implements ErrorCode {
  WRONG_SCHEMA("found schema '%s', expected '%s'", "give a verification policy, or a newer m4fw"),
  UNKNOWN_KIND("found '%s', expected 'image', 'adapter' or 'delta'", "correct the kind"),
  UNKNOWN_CLASS("found '%s', expected 'classical' or 'post-quantum'", "correct the class"),
  NOT_A_NAME(
      "found '%s', expected the name of a file beside the policy",
      "put the authorities' certificates into a file beside the policy, and name it"),
  PRODUCT_NOT_ALLOWED(
      "is for the product '%s', the policy %s allows %s", "use the image of the right product"),
  KIND_NOT_ALLOWED("is of the kind '%s', the policy %s allows %s", "use a file of the right kind"),
  TARGET_MISSING(
      "has nothing for the target '%s', which the policy %s asks for; it has %s",
      "build the image for this target, too"),
  INDEX_TOO_LOW(
      "found rollback index %d in the domain '%s', the policy %s asks for at least %d",
      "use a newer build"),
  DOMAIN_NOT_ALLOWED(
      "is of the rollback domain '%s', the policy %s allows %s",
      "use an image of the right domain, or add the domain to the policy"),
  TOO_FEW_FOR_POLICY(
      "found %d valid signatures, the policy requires %d",
      "sign it with the keys that are missing: `m4fw sign`"),
  OLD_ROOT(
      "has version %d, the policy asks for at least %d",
      "get the roots that are missing from the chain"),
  NO_REVOCATIONS(
      "no revocations are given, and the policy asks for version %d or later",
      "give the list with --revocations FILE"),
  OLD_REVOCATIONS(
      "have version %d, the policy asks for at least %d", "get the latest list of revocations");

  private final String template;
  private final String hint;

  PolicyError(String template, String hint) {
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
