package org.m4fw.signing.trust;

import java.util.ArrayList;
import java.util.List;
import org.m4fw.image.Envelope;

/** Checks signatures one by one, before they are added to others. */
public final class AddedSignatures {
  private AddedSignatures() {}

  /**
   * Whose signatures these are. Thresholds are left to the verifier of the whole.
   *
   * @param file where the signatures are, for messages
   * @param development whether they are over a development build
   * @throws org.m4fw.base.problem.ProblemException with a {@link VerificationError} for a key that
   *     the trust root does not hold or a signature that is not right, or a {@link TrustRootError}
   */
  public static List<TrustedKey> check(
      String file, Envelope envelope, boolean development, TrustRoots roots) {
    TrustRoot root = roots.forBuild(file, development);
    byte[] message = envelope.preAuthenticationEncoding();
    List<TrustedKey> signers = new ArrayList<>();
    for (Envelope.Signature signature : envelope.signatures()) {
      String item = "signature by " + signature.keyId();
      TrustedKey key =
          root.key(signature.keyId())
              .orElseThrow(() -> VerificationError.UNKNOWN_SIGNER.at(file, item, root.source()));
      if (!key.key().verifies(message, signature.bytes())) {
        throw VerificationError.BAD_SIGNATURE.at(file, item, key.key().algorithm().standardName());
      }
      signers.add(key);
    }
    return List.copyOf(signers);
  }
}
