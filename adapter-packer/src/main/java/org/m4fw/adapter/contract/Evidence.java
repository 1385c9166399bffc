package org.m4fw.adapter.contract;

import java.util.Optional;
import org.m4fw.base.digest.Digest;

/**
 * What is known apart from the adapter's claim and the base's interface.
 *
 * @param untrusted why the package is not trusted, {@link Reason#SIGNATURE} or {@link
 *     Reason#REVOKED}; empty if it is, or if whoever asks does not care
 * @param build the image that is asked about; empty for an interface alone
 * @param knownAnswers what running them gave
 * @param vendor what the vendor of the image says, in a statement that is trusted
 * @param scores how it did when it was carried over itself, as it says
 * @param carried whether a package that was carried over from this one, and fits, is at hand
 */
public record Evidence(
    Optional<Finding> untrusted,
    Optional<Digest> build,
    KnownAnswers knownAnswers,
    Optional<VendorVerdict> vendor,
    Optional<CarriedScores> scores,
    boolean carried) {

  /** Nothing but the adapter and the interface. */
  public static final Evidence NONE = of(Optional.empty());

  /** The image that is asked about, if it is one. */
  public static Evidence of(Optional<Digest> build) {
    return new Evidence(
        Optional.empty(), build, KnownAnswers.NOT_RUN, Optional.empty(), Optional.empty(), false);
  }

  public Evidence withUntrusted(Optional<Finding> reason) {
    return new Evidence(reason, build, knownAnswers, vendor, scores, carried);
  }

  public Evidence withKnownAnswers(KnownAnswers found) {
    return new Evidence(untrusted, build, found, vendor, scores, carried);
  }

  public Evidence withVendor(Optional<VendorVerdict> verdict) {
    return new Evidence(untrusted, build, knownAnswers, verdict, scores, carried);
  }

  public Evidence withScores(Optional<CarriedScores> found) {
    return new Evidence(untrusted, build, knownAnswers, vendor, found, carried);
  }

  public Evidence withCarried(boolean isCarried) {
    return new Evidence(untrusted, build, knownAnswers, vendor, scores, isCarried);
  }

  /** What the vendor says about this image, if anything. */
  Optional<Verdict.Outcome> said(InterfaceRecord offered) {
    return vendor
        .filter(verdict -> build.filter(image -> verdict.isAbout(offered, image)).isPresent())
        .map(VendorVerdict::outcome);
  }

  /** What the package's known answers say. */
  public enum KnownAnswers {
    HOLD,
    NOT_RUN,
    FAILED
  }
}
