package org.m4fw.signing;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.image.Envelope;
import org.m4fw.signing.key.VerificationKey;
import org.m4fw.signing.trust.KeyLineage;
import org.m4fw.signing.trust.TrustedKey;

/** Writes the lineage of a developer's keys. */
public final class LineageSigning {
  private LineageSigning() {}

  /**
   * Hands over from the keys of one identity to those of the next.
   *
   * @param source for messages
   * @param before the lineage so far, whose latest keys are those of {@code old}; if there is none,
   *     one begins with them
   * @param revokeEarlier whether all nodes before the new one count no more
   * @throws ProblemException with a {@link org.m4fw.signing.trust.LineageError}, among them if
   *     {@code old} does not have the latest keys
   */
  public static KeyLineage extend(
      String source,
      Optional<KeyLineage> before,
      SigningIdentity old,
      SigningIdentity next,
      boolean revokeEarlier) {
    KeyLineage base = before.orElseGet(() -> begin(source, old));
    List<Integer> revoked =
        revokeEarlier ? IntStream.rangeClosed(1, base.size()).boxed().toList() : List.of();
    byte[] payload = KeyLineage.payload(Optional.of(base), keys(next), revoked);
    List<Envelope.Signature> signatures = new ArrayList<>(sign(payload, old));
    signatures.addAll(sign(payload, next));
    return KeyLineage.append(source, Optional.of(base), envelope(payload, signatures));
  }

  private static KeyLineage begin(String source, SigningIdentity first) {
    byte[] payload = KeyLineage.payload(Optional.empty(), keys(first), List.of());
    return KeyLineage.append(source, Optional.empty(), envelope(payload, sign(payload, first)));
  }

  private static Envelope envelope(byte[] payload, List<Envelope.Signature> signatures) {
    return Envelope.of(KeyLineage.payloadType(), payload, signatures);
  }

  private static List<Envelope.Signature> sign(byte[] payload, SigningIdentity identity) {
    return new Signer(identity).sign(KeyLineage.payloadType(), payload).signatures();
  }

  private static List<VerificationKey> keys(SigningIdentity identity) {
    return identity.publicKeys().stream().map(TrustedKey::key).toList();
  }
}
