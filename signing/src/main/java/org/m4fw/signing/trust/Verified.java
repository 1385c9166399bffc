package org.m4fw.signing.trust;

import java.util.List;
import org.m4fw.base.digest.Digest;
import org.m4fw.image.Kind;

/**
 * What was found to be true of a container.
 *
 * @param imageId the digest of the payload that was signed
 * @param development whether it is a development build, which only a lenient policy lets pass
 * @param trustRoot what it was checked against
 * @param signers the trusted keys that signed it, each once
 * @param unknownKeyIds signatures that nobody checked; empty unless the policy allows them
 */
public record Verified(
    Digest imageId,
    Kind kind,
    boolean development,
    String trustRoot,
    List<TrustedKey> signers,
    List<String> unknownKeyIds) {

  public Verified {
    signers = List.copyOf(signers);
    unknownKeyIds = List.copyOf(unknownKeyIds);
  }
}
