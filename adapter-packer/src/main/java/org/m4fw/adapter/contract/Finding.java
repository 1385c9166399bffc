package org.m4fw.adapter.contract;

import java.util.List;
import java.util.Optional;

/**
 * One thing found out about an adapter on a base.
 *
 * @param item the point; empty where the whole adapter is meant
 * @param text found against expected, one line
 */
public record Finding(Reason reason, String item, String text) {

  /** The first finding that speaks against the adapter. */
  public static Optional<Finding> refusal(List<Finding> findings) {
    return findings.stream().filter(finding -> finding.reason().refuses()).findFirst();
  }
}
