package org.m4fw.cli.evaluate;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Optional;

/**
 * What a score has to be, whatever was asked for.
 *
 * @param min the least value, for metrics that are better when higher
 * @param max the largest value, for metrics that are better when lower
 * @param maxDrop how much worse than the reference it may be, in the metric's own unit
 */
public record Gate(Optional<Double> min, Optional<Double> max, Optional<Double> maxDrop) {
  /** Nothing was asked for. */
  public static final Gate OPEN = new Gate(Optional.empty(), Optional.empty(), Optional.empty());

  private static final MathContext DIGITS = new MathContext(6);

  /** Refuses, before anything is run, what this metric cannot be held to. */
  public void requireFits(String metric, boolean lowerIsBetter, boolean compared) {
    if (lowerIsBetter && min.isPresent()) {
      throw EvaluationError.WRONG_SIDE.at("", "--min", metric, "lower", "--max");
    }
    if (!lowerIsBetter && max.isPresent()) {
      throw EvaluationError.WRONG_SIDE.at("", "--max", metric, "higher", "--min");
    }
    if (maxDrop.isPresent() && !compared) {
      throw EvaluationError.REFERENCE_MISSING.at("", "--max-drop");
    }
  }

  /**
   * Checks a score.
   *
   * @param name what it is about
   * @throws org.m4fw.base.problem.ProblemException if it is not good enough
   */
  public void check(String name, Score score) {
    if (min.isPresent() && !(score.value() >= min.get())) {
      throw EvaluationError.BELOW.at(
          name, "", score.metric(), text(score.value()), text(min.get()));
    }
    if (max.isPresent() && !(score.value() <= max.get())) {
      throw EvaluationError.ABOVE.at(
          name, "", score.metric(), text(score.value()), text(max.get()));
    }
    if (maxDrop.isPresent() && !(score.drop().orElseThrow() <= maxDrop.get())) {
      throw EvaluationError.DROPPED.at(
          name,
          "",
          score.metric(),
          text(score.value()),
          text(score.drop().orElseThrow()),
          text(score.reference().orElseThrow()),
          text(maxDrop.get()));
    }
  }

  private static String text(double value) {
    return Double.isFinite(value)
        ? new BigDecimal(value).round(DIGITS).stripTrailingZeros().toPlainString()
        : Double.toString(value);
  }
}
