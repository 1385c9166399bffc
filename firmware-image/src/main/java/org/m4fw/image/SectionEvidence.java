package org.m4fw.image;

import java.util.List;
import org.m4fw.base.digest.Digest;

/**
 * Makes sections about other sections of the same container: bills of materials, provenance. They
 * can name the digests of those, and how long they are must not depend on digests.
 */
@FunctionalInterface
public interface SectionEvidence {
  /** None. */
  SectionEvidence NONE = sections -> List.of();

  /**
   * A section as its evidence knows it.
   *
   * @param length in bytes
   * @param fsv its digest, as the manifest will have it
   */
  record Described(SectionSpec spec, long length, Digest fsv) {}

  /** The sections to add, in this order; the same for the same sections. */
  List<SectionSource> about(List<Described> sections);
}
