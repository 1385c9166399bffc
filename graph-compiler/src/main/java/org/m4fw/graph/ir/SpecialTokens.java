package org.m4fw.graph.ir;

import java.util.List;
import java.util.OptionalLong;

/**
 * The tokens that generation has to know.
 *
 * @param begin put in front of a prompt
 * @param end each of these ends a text
 * @param padding fills up short sequences of a batch
 */
public record SpecialTokens(OptionalLong begin, List<Long> end, OptionalLong padding) {
  public SpecialTokens {
    end = List.copyOf(end);
  }

  public static SpecialTokens none() {
    return new SpecialTokens(OptionalLong.empty(), List.of(), OptionalLong.empty());
  }
}
