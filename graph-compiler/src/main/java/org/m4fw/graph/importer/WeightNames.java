package org.m4fw.graph.importer;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.m4fw.base.problem.NearNames;

/**
 * Names of weights for a message, all of them in few words: those that differ by the number of a
 * layer are one, as {@code model.layers.{0..31}.input_layernorm.weight}.
 */
final class WeightNames {
  private static final Pattern NUMBER = Pattern.compile("(?<=[.])(0|[1-9][0-9]{0,5})(?=[.])");

  /** More characters than all names of any family take; a file may hold any names. */
  private static final int MOST = 1 << 14;

  private WeightNames() {}

  /**
   * Names that are the same around a number; after is empty and numbers are none if none has one.
   */
  private record Around(String before, String after) {}

  static String list(Collection<String> names) {
    SequencedMap<Around, SortedSet<Integer>> grouped = new LinkedHashMap<>();
    for (String name : new TreeSet<>(names)) {
      Matcher number = NUMBER.matcher(name);
      if (number.find()) {
        Around around = new Around(name.substring(0, number.start()), name.substring(number.end()));
        grouped
            .computeIfAbsent(around, key -> new TreeSet<>())
            .add(Integer.valueOf(number.group()));
      } else {
        grouped.put(new Around(name, ""), new TreeSet<>());
      }
    }
    List<String> texts =
        grouped.entrySet().stream()
            .map(
                entry ->
                    entry.getKey().before() + numbers(entry.getValue()) + entry.getKey().after())
            .toList();
    int shown = 0;
    for (int length = 0; shown < texts.size() && length <= MOST; shown++) {
      length += texts.get(shown).length();
    }
    return NearNames.list(texts, shown);
  }

  private static String numbers(SortedSet<Integer> numbers) {
    StringBuilder ranges = new StringBuilder();
    int count = 0;
    for (int first : numbers) {
      if (count > 0 && numbers.contains(first - 1)) {
        continue;
      }
      int last = first;
      while (numbers.contains(last + 1)) {
        last++;
      }
      ranges.append(count++ == 0 ? "" : ",").append(first);
      ranges.append(last > first ? ".." + last : "");
    }
    return numbers.size() > 1 ? "{" + ranges + "}" : ranges.toString();
  }
}
