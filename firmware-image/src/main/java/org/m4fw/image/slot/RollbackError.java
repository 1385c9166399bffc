package org.m4fw.image.slot;

import org.m4fw.base.problem.ErrorCode;

/** Why an image is too old for a device. */
public enum RollbackError implements ErrorCode {
  INDEX_TOO_LOW(
      "has rollback index %d, the domain '%s' is at %d already",
      "install a newer image: an older one may have faults that were made good since"),
  UNKNOWN_DOMAIN(
      "belongs to the rollback domain '%s', this device knows %s",
      "install an image that was made for this device"),
  OLD_ROOT(
      "was verified against version %d of the trust root, and this device has seen version %d",
      "give the whole chain of roots, up to the latest"),
  OLD_REVOCATIONS(
      "was verified with version %d of the list of revocations, and this device has seen version"
          + " %d",
      "give the latest list with --revocations"),
  STATE_INVALID("found %s, expected %s", "this is not a rollback state, or one of a newer m4fw");

  private final String template;
  private final String hint;

  RollbackError(String template, String hint) {
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
