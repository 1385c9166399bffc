package org.m4fw.signing.trust;

import org.m4fw.image.RequiredSignature;
import org.m4fw.signing.key.VerificationKey;

/**
 * A key of a trust root.
 *
 * @param role what it may sign as
 */
public record TrustedKey(VerificationKey key, String role) {

  /** Whether a signature by this key is one of those that are required. */
  public boolean counts(RequiredSignature required) {
    return role.equals(required.role())
        && key.algorithm().algorithmClass() == required.algorithmClass();
  }

  public String id() {
    return key.id();
  }
}
