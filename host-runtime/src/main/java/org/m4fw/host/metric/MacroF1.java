package org.m4fw.host.metric;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The mean over classes of the F1 of each, as scikit-learn's {@code f1_score(average="macro")}: the
 * classes are those that were given as a first reference or as an answer.
 */
record MacroF1() implements Metric {
  @Override
  public String id() {
    return "macro-f1";
  }

  private static final class Counts {
    private int right;
    private int answered;
    private int meant;

    /** 2·precision·recall / (precision + recall). */
    double f1() {
      return 2.0 * right / (answered + meant);
    }
  }

  @Override
  public double of(List<Judged> cases) {
    SortedMap<String, Counts> classes = new TreeMap<>();
    for (Judged one : cases) {
      String answer = one.answer().strip();
      String meant = one.references().getFirst().strip();
      classes.computeIfAbsent(answer, label -> new Counts()).answered++;
      Counts counts = classes.computeIfAbsent(meant, label -> new Counts());
      counts.meant++;
      counts.right += answer.equals(meant) ? 1 : 0;
    }
    return classes.values().stream().mapToDouble(Counts::f1).sum() / classes.size();
  }
}
