package org.m4fw.signing.trust;

import org.m4fw.signing.key.VerificationKey;

/**
 * A key of a trust root.
 *
 * @param role what it may sign as
 */
public record TrustedKey(VerificationKey key, String role) {

  public String id() {
    return key.id();
  }
}
