package org.m4fw.host.metric;

import java.util.List;

/**
 * An answer beside what it should have been.
 *
 * @param ranked the answer first; after it, where labels were ranked, the other labels, the
 *     likeliest first
 * @param references what would have been right, at least one
 */
public record Judged(List<String> ranked, List<String> references) {
  public Judged {
    ranked = List.copyOf(ranked);
    references = List.copyOf(references);
    if (ranked.isEmpty() || references.isEmpty()) {
      throw new IllegalArgumentException(ranked.size() + " answers, " + references.size());
    }
  }

  /** The answer. */
  public String answer() {
    return ranked.getFirst();
  }
}
