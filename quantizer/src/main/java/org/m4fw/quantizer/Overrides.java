package org.m4fw.quantizer;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.base.problem.NearNames;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Weight;

/**
 * Encodings that a user wants for some weights, whatever the scheme says. A pattern is the name of
 * a weight, with or without {@code .weight} at its end, in which {@code *} stands for any
 * characters. Where several match, a name comes before a pattern with stars, and a longer one
 * before a shorter. A pattern with stars passes over norms and biases where they cannot have the
 * encoding. Where the head is tied to the embedding, {@code lm_head} means the embedding.
 */
public final class Overrides {
  private static final String SUFFIX = ".weight";
  private static final String HEAD = "lm_head";

  private final String file;
  private final String item;
  private final List<Entry> entries;

  private record Entry(Glob pattern, Encoding encoding) {}

  private Overrides(String file, String item, List<Entry> entries) {
    this.file = file;
    this.item = item;
    this.entries = entries;
  }

  public static Overrides none() {
    return new Overrides("", "", List.of());
  }

  /**
   * Reads overrides.
   *
   * @param file where they stand, for messages; may be empty
   * @param item the field or option there
   * @param patterns from patterns to encoding ids: {@code {"lm_head": "int8"}}
   * @throws ProblemException with {@link QuantizerError#UNKNOWN_ENCODING}
   */
  public static Overrides of(String file, String item, Map<String, String> patterns) {
    List<Entry> entries = new ArrayList<>();
    for (Map.Entry<String, String> entry : new TreeMap<>(patterns).entrySet()) {
      String id = entry.getValue();
      Encoding encoding =
          Encodings.find(id)
              .orElseThrow(
                  () ->
                      QuantizerError.UNKNOWN_ENCODING.at(
                          file,
                          item + "." + entry.getKey(),
                          id,
                          String.join(", ", Encodings.ids())));
      entries.add(new Entry(new Glob(entry.getKey()), encoding));
    }
    entries.sort(
        Comparator.comparing((Entry entry) -> !entry.pattern().exact())
            .thenComparingInt(entry -> -entry.pattern().text().length()));
    return new Overrides(file, item, List.copyOf(entries));
  }

  /**
   * The encoding that each weight is to have, for those that a pattern matches.
   *
   * @throws ProblemException with {@link QuantizerError#OVERRIDE_MATCHES_NOTHING}
   */
  SortedMap<String, Encoding> resolve(Collection<Weight> weights) {
    boolean tied = weights.stream().noneMatch(weight -> weight.role() == Weight.Role.HEAD);
    SortedMap<String, Encoding> wanted = new TreeMap<>();
    for (Entry entry : entries) {
      boolean used = false;
      for (Weight weight : weights) {
        if (matches(entry, weight, tied)) {
          used = true;
          wanted.putIfAbsent(weight.name(), entry.encoding());
        }
      }
      if (!used) {
        throw unmatched(entry, weights);
      }
    }
    return wanted;
  }

  private static boolean matches(Entry entry, Weight weight, boolean tied) {
    Glob pattern = entry.pattern();
    if (!pattern.exact()
        && !(entry.encoding() instanceof Encoding.Plain)
        && Weights.staysPlain(weight)) {
      return false;
    }
    return matches(pattern, weight.name())
        || (tied && weight.role() == Weight.Role.EMBEDDING && matches(pattern, HEAD + SUFFIX));
  }

  private static boolean matches(Glob pattern, String name) {
    return pattern.matches(name)
        || (name.endsWith(SUFFIX)
            && pattern.matches(name.substring(0, name.length() - SUFFIX.length())));
  }

  private ProblemException unmatched(Entry entry, Collection<Weight> weights) {
    String text = entry.pattern().text();
    List<String> near = NearNames.of(text, weights.stream().map(Weight::name).toList());
    return QuantizerError.OVERRIDE_MATCHES_NOTHING.at(
        file, item + "." + text, near.isEmpty() ? "" : "; near are " + String.join(", ", near));
  }

  /** The refusal of an override that cannot be done. */
  ProblemException impossible(Weight weight, Encoding encoding, String reason) {
    return QuantizerError.OVERRIDE_IMPOSSIBLE.at(
        file, item + "." + weight.name(), encoding.id(), reason);
  }
}
