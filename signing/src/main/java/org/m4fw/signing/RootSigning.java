package org.m4fw.signing;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
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
                .collect(Collectors.toCollection(ArrayList::new));
    if (signatures.isEmpty()) {
      throw SigningError.NOT_OF_THIS_ROOT.at(identity.directory(), "", root.root().source());
    }
    Set<String> again =
        signatures.stream().map(Envelope.Signature::keyId).collect(Collectors.toSet());
    root.envelope().map(Envelope::signatures).orElse(List.of()).stream()
        .filter(signature -> !again.contains(signature.keyId()))
        .forEach(signatures::add);
    return SignedRoot.of(root.root(), signatures);
  }

  private static boolean counts(String id, TrustRoot root, Optional<TrustRoot> previous) {
    return root.holds(id, Roles.ROOT)
        || previous.filter(before -> before.holds(id, Roles.ROOT)).isPresent();
  }
}
