package org.m4fw.signing.trust;

import java.util.List;
import org.m4fw.base.digest.Digest;
import org.m4fw.image.Kind;
import org.m4fw.image.slot.TrustVersions;

/**
 * What was found to be true of a container.
 *
 * @param imageId the digest of the payload that was signed
 * @param development whether it is a development build, which only a lenient policy lets pass
 * @param trustRoot what it was checked against
 * @param signers the trusted keys that signed it, each once
 * @param unknownKeyIds signatures that nobody checked; empty unless the policy allows them
 * @param versions how recent the trust root and the revocations are
 */
public record Verified(
    Digest imageId,
    Kind kind,
    boolean development,
    String trustRoot,
    List<TrustedKey> signers,
    List<String> unknownKeyIds,
    TrustVersions versions) {

  public Verified {
    signers = List.copyOf(signers);
    unknownKeyIds = List.copyOf(unknownKeyIds);
  }
}
