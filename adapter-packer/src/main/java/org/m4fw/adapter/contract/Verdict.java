package org.m4fw.adapter.contract;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What to do with an adapter on a base, and why.
 *
 * @param findings what decided first, then what else is worth knowing
 */
public record Verdict(Outcome outcome, List<Finding> findings) {
  public Verdict {
    findings = List.copyOf(findings);
  }

  /** What to do with the adapter. */
  public enum Outcome {
    /** It works on this base, and that is proven or follows from the weights. */
    ACCEPT,
    /** It loads, but how well it works here was not measured. */
    PROVISIONAL,
    /** It does not fit, but one that was carried over from it does. */
    CARRY,
    /** It must not be loaded. */
    REJECT;

    /** {@code accept}. */
    public String id() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** What speaks against it, if it is rejected. */
  public Optional<Finding> refusal() {
    return outcome == Outcome.REJECT ? Finding.refusal(findings) : Optional.empty();
  }
}
