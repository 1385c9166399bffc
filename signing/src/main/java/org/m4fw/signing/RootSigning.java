package org.m4fw.signing;

import java.util.List;
import java.util.Optional;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.image.Envelope;
import org.m4fw.signing.trust.Roles;
import org.m4fw.signing.trust.SignedRoot;
import org.m4fw.signing.trust.TrustRoot;

/**
 * Signs trust roots. Several people do so one after the other, each with an identity of their own;
 * the file goes from hand to hand.
 */
public final class RootSigning {
  private RootSigning() {}

  /**
   * Adds the signatures of those keys of an identity that may sign this root, by itself or by the
   * one before it; signatures by the same keys are made again.
   *
   * @param previous what the root follows, if it is at hand
   * @throws ProblemException with {@link SigningError#NOT_OF_THIS_ROOT} if no key of the identity
   *     may sign it, as whoever verifies would refuse the file
   */
  public static SignedRoot sign(
      SignedRoot root, Optional<TrustRoot> previous, SigningIdentity identity) {
    byte[] payload = root.payload();
    List<Envelope.Signature> signatures =
        new Signer(identity)
            .sign(SignedRoot.PAYLOAD_TYPE, payload).signatures().stream()
                .filter(signature -> counts(signature.keyId(), root.root(), previous))
                .toList();
    if (signatures.isEmpty()) {
      throw SigningError.NOT_OF_THIS_ROOT.at(identity.directory(), "", root.root().source());
    }
    return SignedRoot.of(
        root.root(),
        root.envelope()
            .map(before -> before.withSignatures(signatures).signatures())
            .orElse(signatures));
  }

  private static boolean counts(String id, TrustRoot root, Optional<TrustRoot> previous) {
    return root.holds(id, Roles.ROOT)
        || previous.filter(before -> before.holds(id, Roles.ROOT)).isPresent();
  }
}
