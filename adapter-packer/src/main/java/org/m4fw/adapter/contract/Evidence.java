package org.m4fw.adapter.contract;

import java.util.Optional;
import org.m4fw.base.digest.Digest;

/**
 * What is known apart from the adapter's claim and the base's interface.
 *
 * @param untrusted why the package's signatures are not trusted; empty if they are, or if whoever
 *     asks does not care
 * @param build the image that is asked about; empty for an interface alone
 * @param knownAnswers what running them gave
 * @param carried whether a package that was carried over from this one, and fits, is at hand
 */
public record Evidence(
    Optional<String> untrusted,
    Optional<Digest> build,
    KnownAnswers knownAnswers,
    boolean carried) {

  /** Nothing but the adapter and the interface. */
  public static final Evidence NONE = of(Optional.empty());

  /** The image that is asked about, if it is one. */
  public static Evidence of(Optional<Digest> build) {
    return new Evidence(Optional.empty(), build, KnownAnswers.NOT_RUN, false);
  }

  public Evidence withUntrusted(Optional<String> reason) {
    return new Evidence(reason, build, knownAnswers, carried);
  }

  public Evidence withKnownAnswers(KnownAnswers found) {
    return new Evidence(untrusted, build, found, carried);
  }

  public Evidence withCarried(boolean isCarried) {
    return new Evidence(untrusted, build, knownAnswers, isCarried);
  }

  /** What the package's known answers say. */
  public enum KnownAnswers {
    HOLD,
    NOT_RUN,
    FAILED
  }
}
