package org.m4fw.host.metric;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * The F1 of question answering: of the words that an answer shares with its best reference,
 * articles, punctuation and case apart, as SQuAD 2.0's official script counts. Where answer or
 * reference is nothing but articles and punctuation, they have to be equal.
 */
record TokenF1() implements Metric {
  private static final Pattern PUNCTUATION = Pattern.compile("[!-/:-@\\[-`{-~]");
  private static final Pattern ARTICLES =
      Pattern.compile("\\b(a|an|the)\\b", Pattern.UNICODE_CHARACTER_CLASS);

  @Override
  public String id() {
    return "f1";
  }

  @Override
  public double of(List<Judged> cases) {
    return cases.stream().mapToDouble(TokenF1::best).sum() / cases.size();
  }

  private static double best(Judged one) {
    List<String> answer = words(one.answer());
    return one.references().stream()
        .mapToDouble(
            text -> {
              List<String> reference = words(text);
              return answer.isEmpty() || reference.isEmpty()
                  ? (answer.equals(reference) ? 1 : 0)
                  : Words.f1(answer, reference);
            })
        .max()
        .orElse(0);
  }

  private static List<String> words(String text) {
    String bare = PUNCTUATION.matcher(text.toLowerCase(Locale.ROOT)).replaceAll("");
    return Words.split(ARTICLES.matcher(bare).replaceAll(" "));
  }
}
