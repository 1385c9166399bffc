package org.m4fw.signing.trust;

/**
 * What the caller lets pass beyond what the trust root says. Neither choice can make up for a
 * signature that the trust root or the payload requires.
 *
 * @param allowDevelopment development builds, checked against the development trust root
 * @param allowUnknownSignatures signatures by keys that the trust root does not hold; nobody has
 *     checked those bytes, so that two different files can have the same meaning
 */
public record Policy(boolean allowDevelopment, boolean allowUnknownSignatures) {
  /** Nothing. */
  public static final Policy STRICT = new Policy(false, false);
}
