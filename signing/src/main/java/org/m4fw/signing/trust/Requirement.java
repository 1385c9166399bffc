package org.m4fw.signing.trust;

import org.m4fw.signing.key.AlgorithmClass;

/**
 * One condition of a policy: so many signatures, by distinct keys of the role and the class.
 *
 * @param threshold at least 1
 */
public record Requirement(String role, AlgorithmClass algorithmClass, int threshold) {
  public Requirement {
    if (threshold < 1) {
      throw new IllegalArgumentException("a requirement asks for at least one signature");
    }
  }

  public boolean counts(TrustedKey key) {
    return key.role().equals(role) && key.key().algorithm().algorithmClass() == algorithmClass;
  }
}
