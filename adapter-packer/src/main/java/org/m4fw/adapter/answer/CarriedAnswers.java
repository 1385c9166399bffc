package org.m4fw.adapter.answer;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Optional;

/**
 * How far answers are from those that a package had recorded, before and after it was carried over.
 *
 * @param cases how many answers were recorded
 * @param before the old base with the adapter as it was: what the encoding of the weights accounts
 *     for, as packages are bound to images and carried between checkpoints
 * @param unchanged the new base with the adapter as it was; empty if it does not fit
 * @param after the new base with the adapter as it is
 */
public record CarriedAnswers(int cases, Score before, Optional<Score> unchanged, Score after) {
  /** Stands for all that is further off, and for scores that are no numbers: nats. */
  public static final double MOST = 1_000_000;

  /** Nats below a billionth are noise of float32 arithmetic. */
  private static final int PLACES = 9;

  public CarriedAnswers {
    if (cases < 1
        || before.same() > cases
        || after.same() > cases
        || unchanged.stream().anyMatch(score -> score.same() > cases)) {
      throw new IllegalArgumentException("more than %d cases".formatted(cases));
    }
  }

  /**
   * One distance.
   *
   * @param kl mean KL divergence of the recorded predictions to these, in nats, 0 to {@link #MOST}
   * @param same how many have the same first choice
   */
  public record Score(double kl, int same) {

    /** What a manifest can say of a distance. */
    public static Score of(KnownAnswer.Distance distance) {
      double kl = distance.kl() <= MOST ? Math.max(0, distance.kl()) : MOST;
      return new Score(
          BigDecimal.valueOf(kl).setScale(PLACES, RoundingMode.HALF_EVEN).doubleValue(),
          distance.same());
    }
  }
}
