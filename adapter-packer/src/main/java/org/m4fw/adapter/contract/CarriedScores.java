package org.m4fw.adapter.contract;

import java.util.Locale;
import java.util.Optional;

/**
 * How an adapter that was carried over did on a text, as mean negative log-likelihoods in nats.
 *
 * @param before the old base
 * @param beforeAdapted the old base with the adapter as it was
 * @param after the new base
 * @param afterAdapted the new base with the adapter as it is
 * @param floor the least share of the gain that has to be kept, as declared when it was carried
 *     over
 */
public record CarriedScores(
    double before, double beforeAdapted, double after, double afterAdapted, double floor) {
  /** The highest floor: the gain ten times over. The lowest is 0, that the adapter does no harm. */
  public static final double MOST_FLOOR = 10;

  /** The share of what the adapter gained on the old base that it gains on the new one. */
  public double kept() {
    return (after - afterAdapted) / (before - beforeAdapted);
  }

  /** What speaks against it, if it keeps less than was declared. */
  Optional<Finding> tooWeak() {
    return kept() >= floor
        ? Optional.empty()
        : Optional.of(
            new Finding(
                Reason.CARRIED_TOO_WEAK,
                "",
                String.format(
                    Locale.ROOT,
                    "keeps %.1f %% of its gain, %.1f %% is the floor",
                    100 * kept(),
                    100 * floor)));
  }
}
