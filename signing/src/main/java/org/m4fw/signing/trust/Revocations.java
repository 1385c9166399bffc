package org.m4fw.signing.trust;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.base.digest.Digest;
import org.m4fw.image.Manifest;
import org.m4fw.image.Section;
import org.m4fw.signing.key.VerificationKey;

/**
 * What is trusted no more, whoever signed it. There is no date in it: it holds as soon as a device
 * has it, and a later version replaces it.
 *
 * @param source where it came from, for messages
 * @param version from 1; of two lists the higher counts
 * @param keys ids of keys whose signatures refuse what they are on
 * @param digests image ids and fs-verity digests of sections, in images and adapter packages
 * @param minimumIndexes by rollback domain
 */
public record Revocations(
    String source,
    long version,
    Set<String> keys,
    Set<Digest> digests,
    SortedMap<String, Long> minimumIndexes) {

  public Revocations {
    keys = Set.copyOf(keys);
    digests = Set.copyOf(digests);
    minimumIndexes = Collections.unmodifiableSortedMap(new TreeMap<>(minimumIndexes));
  }

  /** Throws {@link VerificationError#REVOKED_KEY} if one of these signed. */
  void checkSigners(String file, List<TrustedKey> signers) {
    for (TrustedKey signer : signers) {
      if (keys.contains(signer.id())) {
        throw VerificationError.REVOKED_KEY.at(file, "signature by " + signer.id(), source);
      }
    }
  }

  /**
   * Throws {@link VerificationError#REVOKED_KEY} if one of these keys is no more to be believed.
   */
  void checkPassedOn(String file, List<VerificationKey> passing) {
    for (VerificationKey key : passing) {
      if (keys.contains(key.id())) {
        throw VerificationError.REVOKED_KEY.at(file, "lineage signed by " + key.id(), source);
      }
    }
  }

  /** Throws a {@link VerificationError} if the container or a part of it is revoked. */
  void checkContent(String file, Digest id, Manifest manifest) {
    if (digests.contains(id)) {
      throw VerificationError.REVOKED_CONTENT.at(file, "", id, source);
    }
    for (Section section : manifest.sections()) {
      if (digests.contains(section.fsv())) {
        throw VerificationError.REVOKED_CONTENT.at(file, section.id(), section.fsv(), source);
      }
    }
    String domain = manifest.rollback().domain();
    long index = manifest.rollback().index();
    Optional<Long> minimum = Optional.ofNullable(minimumIndexes.get(domain));
    if (minimum.isPresent() && index < minimum.get()) {
      throw VerificationError.REVOKED_INDEX.at(
          file, "rollback", index, domain, source, minimum.get());
    }
  }
}
