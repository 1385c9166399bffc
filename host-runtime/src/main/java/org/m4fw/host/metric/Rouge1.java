package org.m4fw.host.metric;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * ROUGE-1: the F1 of the words that an answer shares with its best reference, as Google's
 * rouge_score counts without a stemmer. Words are runs of a to z and digits.
 */
record Rouge1() implements Metric {
  private static final Pattern OTHER = Pattern.compile("[^a-z0-9]+");

  @Override
  public String id() {
    return "rouge-1";
  }

  @Override
  public double of(List<Judged> cases) {
    return cases.stream().mapToDouble(Rouge1::best).sum() / cases.size();
  }

  private static double best(Judged one) {
    List<String> answer = words(one.answer());
    return one.references().stream()
        .mapToDouble(reference -> Words.f1(answer, words(reference)))
        .max()
        .orElse(0);
  }

  private static List<String> words(String text) {
    return Words.split(OTHER.matcher(text.toLowerCase(Locale.ROOT)).replaceAll(" "));
  }
}
