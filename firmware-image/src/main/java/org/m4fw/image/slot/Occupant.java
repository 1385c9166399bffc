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
 */
public record Occupant(
    Digest imageId,
    String product,
    String version,
    Rollback rollback,
    Standing standing,
    int triesLeft,
    boolean answered) {
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
        false);
  }

  Occupant started() {
    return new Occupant(imageId, product, version, rollback, standing, triesLeft - 1, false);
  }

  Occupant gaveAnswers() {
    return new Occupant(imageId, product, version, rollback, standing, triesLeft, true);
  }

  Occupant foundGood() {
    return new Occupant(imageId, product, version, rollback, Standing.GOOD, 0, true);
  }

  Occupant givenUp() {
    return new Occupant(imageId, product, version, rollback, Standing.BAD, 0, false);
  }

  boolean is(Standing wanted) {
    return standing == wanted;
  }
}
