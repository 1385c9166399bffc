package org.m4fw.cli.evaluate;

import java.util.Optional;
import java.util.OptionalDouble;
import org.m4fw.adapter.contract.EvaluationResult;
import org.m4fw.base.digest.Digest;

/**
 * What an evaluation found.
 *
 * @param metric such as {@code accuracy}
 * @param cases how many answers or predictions it is over
 * @param reference the same of what it is compared with; empty without that
 */
public record Score(
    String metric, boolean lowerIsBetter, double value, long cases, OptionalDouble reference) {

  /**
   * The same for a statement.
   *
   * @param data what it was measured on
   * @param build the image that was measured, if it was one
   */
  public EvaluationResult result(Digest data, Optional<Digest> build) {
    Optional<Double> compared =
        reference.isPresent() ? Optional.of(reference.getAsDouble()) : Optional.empty();
    return new EvaluationResult(metric, lowerIsBetter, value, cases, data, compared, build);
  }

  /** How much worse it is than the reference; negative if it is better. */
  OptionalDouble drop() {
    if (reference.isEmpty()) {
      return reference;
    }
    double more = reference.getAsDouble() - value;
    return OptionalDouble.of(lowerIsBetter ? -more : more);
  }
}
