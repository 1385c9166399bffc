package org.m4fw.host.metric;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * BLEU of all answers together, from 0 to 1: the geometric mean of the shares of runs of one to
 * four tokens that references have too, shortened where answers are shorter than references. As
 * sacreBLEU computes it by default ({@code tok:13a|smooth:exp|case:mixed}), by a hundred.
 */
record Bleu() implements Metric {
  private static final int LONGEST = 4;

  @Override
  public String id() {
    return "bleu";
  }

  @Override
  public double of(List<Judged> cases) {
    long[] shared = new long[LONGEST];
    long[] all = new long[LONGEST];
    long answers = 0;
    long references = 0;
    for (Judged one : cases) {
      List<String> answer = MtevalTokens.of(one.answer());
      List<List<String>> expected = one.references().stream().map(MtevalTokens::of).toList();
      answers += answer.size();
      references += nearest(answer.size(), expected);
      for (int length = 1; length <= LONGEST; length++) {
        shared[length - 1] += shared(answer, expected, length);
        all[length - 1] += Math.max(0, answer.size() - length + 1);
      }
    }
    return precision(shared, all) * brevity(answers, references);
  }

  /** The length of the reference nearest in length, the shorter of two equally near ones. */
  private static int nearest(int length, List<List<String>> references) {
    int best = references.getFirst().size();
    for (List<String> reference : references) {
      int size = reference.size();
      int difference = Math.abs(size - length) - Math.abs(best - length);
      best = difference < 0 || (difference == 0 && size < best) ? size : best;
    }
    return best;
  }

  private static long shared(List<String> answer, List<List<String>> references, int length) {
    Map<List<String>, Integer> most = new HashMap<>();
    for (List<String> reference : references) {
      counts(reference, length).forEach((run, count) -> most.merge(run, count, Math::max));
    }
    return counts(answer, length).entrySet().stream()
        .mapToLong(entry -> Math.min(entry.getValue(), most.getOrDefault(entry.getKey(), 0)))
        .sum();
  }

  private static Map<List<String>, Integer> counts(List<String> tokens, int length) {
    Map<List<String>, Integer> counts = new HashMap<>();
    for (int from = 0; from + length <= tokens.size(); from++) {
      counts.merge(new ArrayList<>(tokens.subList(from, from + length)), 1, Integer::sum);
    }
    return counts;
  }

  /** Runs of which none is shared count as half a hit, the next such length as a quarter. */
  private static double precision(long[] shared, long[] all) {
    double logarithms = 0;
    double smoothing = 1;
    if (shared[0] == 0) {
      return 0;
    }
    for (int i = 0; i < LONGEST; i++) {
      if (all[i] == 0) {
        return 0;
      }
      smoothing *= shared[i] == 0 ? 2 : 1;
      double hits = shared[i] == 0 ? 1 / smoothing : shared[i];
      logarithms += Math.log(hits / all[i]);
    }
    return Math.exp(logarithms / LONGEST);
  }

  private static double brevity(long answers, long references) {
    return answers >= references ? 1 : Math.exp(1 - (double) references / answers);
  }
}
