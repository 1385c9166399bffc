package org.m4fw.signing;

import java.util.List;
import org.m4fw.image.AlgorithmClass;
import org.m4fw.signing.key.Algorithm;
import org.m4fw.signing.trust.TrustRoot;

/**
 * What a new identity is for: the role of its keys and one algorithm of each class.
 *
 * @param role in the trust root that comes with the identity; the trust root of a vendor decides
 *     for itself which role it gives to these keys
 */
public record IdentityProfile(String role, Algorithm classical, Algorithm postQuantum) {
  /** Signs releases, with the usual algorithms. */
  public static final IdentityProfile RELEASE = of(TrustRoot.RELEASE);

  public IdentityProfile {
    if (classical.algorithmClass() != AlgorithmClass.CLASSICAL
        || postQuantum.algorithmClass() != AlgorithmClass.POST_QUANTUM) {
      throw new IllegalArgumentException("one algorithm of each class");
    }
  }

  /** With the usual algorithms. */
  public static IdentityProfile of(String role) {
    return new IdentityProfile(role, Algorithm.ED25519, Algorithm.ML_DSA_65);
  }

  List<Algorithm> algorithms() {
    return List.of(classical, postQuantum);
  }
}
