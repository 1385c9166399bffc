package org.m4fw.base.problem;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Finds the names that somebody may have meant, for error messages. */
public final class NearNames {
  /** Names from files may be many and long; a message is not worth more work than this. */
  private static final int MAX_LENGTH = 200;

  private static final int MAX_CANDIDATES = 20_000;
  private static final int SHOWN = 3;

  private NearNames() {}

  private record Scored(String name, int distance) {}

  /** The nearest names, nearest first, at most three; equally near ones in alphabetical order. */
  public static List<String> of(String wanted, Collection<String> known) {
    String cut = cut(wanted);
    return known.stream()
        .limit(MAX_CANDIDATES)
        .map(name -> new Scored(name, distance(cut, cut(name))))
        .filter(scored -> scored.distance() <= Math.max(3, cut.length() / 2))
        .sorted(Comparator.comparingInt(Scored::distance).thenComparing(Scored::name))
        .limit(SHOWN)
        .map(Scored::name)
        .toList();
  }

  /**
   * The one name that was surely meant: a slip or two away, or one in three characters of a long
   * name; empty if there is none.
   */
  public static Optional<String> meant(String wanted, Collection<String> known) {
    String cut = cut(wanted);
    int slips = Math.max(cut.length() > 3 ? 2 : 1, cut.length() / 3);
    return of(wanted, known).stream().findFirst().filter(name -> distance(cut, cut(name)) <= slips);
  }

  /** {@code a, b, c and 12 more}. */
  public static String list(Collection<String> names, int shown) {
    String text = names.stream().limit(shown).collect(Collectors.joining(", "));
    return names.size() <= shown ? text : text + " and " + (names.size() - shown) + " more";
  }

  private static String cut(String name) {
    return name.length() <= MAX_LENGTH ? name : name.substring(0, MAX_LENGTH);
  }

  /** The number of characters to insert, delete or replace (Levenshtein). */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j < row.length; j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
