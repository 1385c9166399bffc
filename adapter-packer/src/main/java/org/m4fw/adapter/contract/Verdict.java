package org.m4fw.adapter.contract;

import java.util.List;
import java.util.Optional;

/**
 * Whether an adapter fits.
 *
 * @param findings in the order of the check; empty if it fits without reservation
 */
public record Verdict(List<Finding> findings) {
  public Verdict {
    findings = List.copyOf(findings);
  }

  /**
   * One thing found.
   *
   * @param item the point; empty where the whole adapter is meant
   * @param text found against expected, one line
   */
  public record Finding(Reason reason, String item, String text) {}

  /** What to do with the adapter. */
  public enum Outcome {
    FITS,
    /** It works, but nobody measured it on these weights. */
    FITS_UNTESTED,
    REFUSED
  }

  public Outcome outcome() {
    if (refusal().isPresent()) {
      return Outcome.REFUSED;
    }
    return findings.isEmpty() ? Outcome.FITS : Outcome.FITS_UNTESTED;
  }

  /** The first finding that speaks against it. */
  public Optional<Finding> refusal() {
    return findings.stream().filter(finding -> finding.reason().refuses()).findFirst();
  }
}
