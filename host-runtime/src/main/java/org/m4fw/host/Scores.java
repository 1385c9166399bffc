package org.m4fw.host;

/** Arithmetic on the scores (logits) of the next token. */
public final class Scores {
  private Scores() {}

  /**
   * Kullback–Leibler divergence of the reference's prediction to another one, in nats.
   *
   * @param reference one score per token
   * @param scores the same tokens
   */
  public static double divergence(float[] reference, float[] scores) {
    double referenceNormalizer = logSumOfExponentials(reference);
    double normalizer = logSumOfExponentials(scores);
    double sum = 0;
    for (int token = 0; token < scores.length; token++) {
      double referenceLog = reference[token] - referenceNormalizer;
      sum += Math.exp(referenceLog) * (referenceLog - (scores[token] - normalizer));
    }
    return sum;
  }

  /** What scores are reduced by to become log-probabilities. */
  static double logSumOfExponentials(float[] scores) {
    float best = Float.NEGATIVE_INFINITY;
    for (float score : scores) {
      best = Math.max(best, score);
    }
    double sum = 0;
    for (float score : scores) {
      sum += Math.exp(score - (double) best);
    }
    return best + Math.log(sum);
  }

  /** The token with the highest score, the first of equal ones. */
  public static int best(float[] scores) {
    int best = 0;
    for (int token = 1; token < scores.length; token++) {
      best = scores[token] > scores[best] ? token : best;
    }
    return best;
  }
}
