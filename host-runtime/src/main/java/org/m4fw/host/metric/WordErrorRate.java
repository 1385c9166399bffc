package org.m4fw.host.metric;

import java.util.List;

/**
 * The words that have to be put in, taken out or replaced to make the references of the answers, by
 * the number of words in the references, over all cases; the counting of NIST's sclite and of
 * jiwer. Of several references the one with the smallest rate counts. Case and punctuation count.
 */
record WordErrorRate() implements Metric {
  @Override
  public String id() {
    return "wer";
  }

  @Override
  public boolean lowerIsBetter() {
    return true;
  }

  @Override
  public double of(List<Judged> cases) {
    long errors = 0;
    long words = 0;
    for (Judged one : cases) {
      Count best = best(one);
      errors += best.errors;
      words += best.words;
    }
    return words == 0 ? (errors == 0 ? 0 : 1) : (double) errors / words;
  }

  private record Count(int errors, int words) {
    boolean isBetterThan(Count other) {
      return (long) errors * other.words < (long) other.errors * words;
    }
  }

  private static Count best(Judged one) {
    List<String> answer = Words.split(one.answer());
    Count best = new Count(Integer.MAX_VALUE, 1);
    for (String text : one.references()) {
      List<String> reference = Words.split(text);
      Count count = new Count(distance(answer, reference), reference.size());
      best = best.errors == Integer.MAX_VALUE || count.isBetterThan(best) ? count : best;
    }
    return best;
  }

  /** Levenshtein's distance, a row at a time. */
  private static int distance(List<String> from, List<String> to) {
    int[] row = new int[to.size() + 1];
    for (int column = 0; column < row.length; column++) {
      row[column] = column;
    }
    for (int i = 0; i < from.size(); i++) {
      int diagonal = row[0];
      row[0] = i + 1;
      for (int column = 1; column < row.length; column++) {
        int replaced = diagonal + (from.get(i).equals(to.get(column - 1)) ? 0 : 1);
        diagonal = row[column];
        row[column] = Math.min(replaced, 1 + Math.min(row[column], row[column - 1]));
      }
    }
    return row[to.size()];
  }
}
