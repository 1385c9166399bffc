package org.m4fw.graph.ir;

import java.util.List;
import java.util.OptionalLong;

/**
 * The tokens that generation has to know.
 *
 * @param begin put in front of a prompt
 * @param end each of these ends a text
 * @param padding fills up short sequences of a batch
 * @param prompt what a text starts with where nobody gives a prompt: for transcription, the start
 *     token, the task and whether times are wanted
 * @param suppressed never chosen
 * @param suppressedAtBegin not chosen as the first token after the prompt
 */
public record SpecialTokens(
    OptionalLong begin,
    List<Long> end,
    OptionalLong padding,
    List<Long> prompt,
    List<Long> suppressed,
    List<Long> suppressedAtBegin) {
  public SpecialTokens {
    end = List.copyOf(end);
    prompt = List.copyOf(prompt);
    suppressed = List.copyOf(suppressed);
    suppressedAtBegin = List.copyOf(suppressedAtBegin);
  }

  /** Those of a model that only continues texts. */
  public SpecialTokens(OptionalLong begin, List<Long> end, OptionalLong padding) {
    this(begin, end, padding, List.of(), List.of(), List.of());
  }

  public static SpecialTokens none() {
    return new SpecialTokens(OptionalLong.empty(), List.of(), OptionalLong.empty());
  }

  /** The same with what transcription has to know. */
  public SpecialTokens withTranscription(
      List<Long> start, List<Long> never, List<Long> neverAtBegin) {
    return new SpecialTokens(begin, end, padding, start, never, neverAtBegin);
  }
}
