package org.m4fw.host.metric;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Words and how often they occur. */
final class Words {
  private static final Pattern SPACE = Pattern.compile("\\s+", Pattern.UNICODE_CHARACTER_CLASS);

  private Words() {}

  /** The pieces between white space. */
  static List<String> split(String text) {
    return Arrays.stream(SPACE.split(text)).filter(word -> !word.isEmpty()).toList();
  }

  /** How many words two texts share, each as often as both have it. */
  static int shared(List<String> a, List<String> b) {
    Map<String, Integer> left = new HashMap<>();
    a.forEach(word -> left.merge(word, 1, Integer::sum));
    int shared = 0;
    for (String word : b) {
      if (left.merge(word, -1, Integer::sum) >= 0) {
        shared++;
      }
    }
    return shared;
  }

  /** The harmonic mean of the shares of shared words; 0 where nothing is shared. */
  static double f1(List<String> answer, List<String> reference) {
    int shared = shared(answer, reference);
    return shared == 0 ? 0 : 2.0 * shared / (answer.size() + reference.size());
  }
}
