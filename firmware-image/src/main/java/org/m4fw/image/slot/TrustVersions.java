package org.m4fw.image.slot;

/**
 * How recent that is which signatures were verified against. A device remembers the highest that it
 * has seen, so that nobody shows it an old trust root, or an old list of what is revoked.
 *
 * @param root the version of the trust root; 0 for what is not counted: roots for development
 *     builds
 * @param revokers which keys may sign lists of revocations, as a digest of them; empty if lists
 *     were not asked for. Where other keys may, versions begin anew, as in TUF: whoever stole the
 *     old ones cannot shut out all lists for ever with a version that no other list reaches
 * @param revocations the version of the list; 0 if there is none
 */
public record TrustVersions(int root, String revokers, long revocations) {
  /** Nothing that is counted. */
  public static final TrustVersions NONE = new TrustVersions(0, "", 0);

  /** Of the trust root alone. */
  TrustVersions ofRoot() {
    return new TrustVersions(root, "", 0);
  }

  /** Of the list of revocations alone. */
  TrustVersions ofRevocations() {
    return new TrustVersions(0, revokers, revocations);
  }

  boolean sameRevokers(TrustVersions other) {
    return !revokers.isEmpty() && revokers.equals(other.revokers);
  }

  /** The highest of both; of lists by different keys that of the other. */
  TrustVersions raised(TrustVersions other) {
    int highest = Math.max(root, other.root);
    if (other.revokers.isEmpty()) {
      return new TrustVersions(highest, revokers, revocations);
    }
    long list = sameRevokers(other) ? Math.max(revocations, other.revocations) : other.revocations;
    return new TrustVersions(highest, other.revokers, list);
  }
}
