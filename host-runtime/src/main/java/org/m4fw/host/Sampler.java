package org.m4fw.host;

import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;

/** Chooses the next token from the scores of the last position of the first sequence. */
public interface Sampler {

  long choose(Logits logits);

  /** The most likely token, the first of equal ones. */
  static Sampler greedy() {
    return logits -> logits.best(0, logits.length() - 1);
  }

  /**
   * A token by its probability.
   *
   * @param temperature above 0; 1 leaves the model's probabilities as they are
   * @param seed the same seed gives the same tokens
   */
  static Sampler random(double temperature, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    return logits -> {
      float[] scores = new float[logits.vocabulary()];
      logits.read(0, logits.length() - 1, scores);
      double[] cumulative = new double[scores.length];
      double best = scores[logits.best(0, logits.length() - 1)];
      double sum = 0;
      for (int i = 0; i < scores.length; i++) {
        sum += Math.exp((scores[i] - best) / temperature);
        cumulative[i] = sum;
      }
      double point = random.nextDouble() * sum;
      int token = 0;
      while (token < cumulative.length - 1 && cumulative[token] <= point) {
        token++;
      }
      return token;
    };
  }

  /**
   * The most likely token that may be chosen, the first of equal ones, for one text.
   *
   * @param never these are not chosen
   * @param notFirst nor are these as the first token
   */
  static Sampler greedyWithout(Collection<Long> never, Collection<Long> notFirst) {
    Set<Long> atFirst = new HashSet<>(never);
    atFirst.addAll(notFirst);
    Set<Long> later = Set.copyOf(never);
    AtomicBoolean begun = new AtomicBoolean();
    return logits -> {
      Set<Long> refused = begun.getAndSet(true) ? later : atFirst;
      float[] scores = new float[logits.vocabulary()];
      logits.read(0, logits.length() - 1, scores);
      int best = -1;
      for (int token = 0; token < scores.length; token++) {
        boolean better = best < 0 || scores[token] > scores[best];
        if (better && !refused.contains((long) token)) {
          best = token;
        }
      }
      return Math.max(best, 0);
    };
  }
}
