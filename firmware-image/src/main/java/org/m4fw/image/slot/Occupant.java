package org.m4fw.image.slot;

import org.m4fw.base.digest.Digest;
import org.m4fw.image.Manifest;
import org.m4fw.image.Rollback;
import org.m4fw.image.SignedManifest;

/**
 * The image in a slot.
 *
 * @param triesLeft how often it may still be started before it is found good
 * @param answered whether it was started and gave its known answers
 * @param root the version of the trust root that bore it out then; 0 if that is not counted
 */
public record Occupant(
    Digest imageId,
    String product,
    String version,
    Rollback rollback,
    Standing standing,
    int triesLeft,
    boolean answered,
    int root) {
  /** How often a new image is started before it is given up. */
  public static final int TRIES = 3;

  /** What is known of an image. */
  public enum Standing {
    /** Installed; not yet found good. */
    TRIAL,
    /** Somebody said so, after it gave its known answers. */
    GOOD,
    /** It failed, or was rejected. */
    BAD
  }

  static Occupant installed(SignedManifest image) {
    Manifest manifest = image.manifest();
    return new Occupant(
        image.imageId(),
        manifest.product(),
        manifest.version(),
        manifest.rollback(),
        Standing.TRIAL,
        TRIES,
        false,
        0);
  }

  Occupant started() {
    return new Occupant(imageId, product, version, rollback, standing, triesLeft - 1, false, 0);
  }

  Occupant gaveAnswers(TrustVersions versions) {
    return new Occupant(
        imageId, product, version, rollback, standing, triesLeft, true, versions.root());
  }

  Occupant foundGood() {
    return new Occupant(imageId, product, version, rollback, Standing.GOOD, 0, true, root);
  }

  Occupant givenUp() {
    return new Occupant(imageId, product, version, rollback, Standing.BAD, 0, false, 0);
  }

  boolean is(Standing wanted) {
    return standing == wanted;
  }
}
