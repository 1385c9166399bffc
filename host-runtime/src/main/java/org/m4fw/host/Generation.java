package org.m4fw.host;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.stream.LongStream;
import org.m4fw.graph.ir.SpecialTokens;

/**
 * A continuation of a prompt.
 *
 * @param prompt the prompt's tokens
 * @param ids what came after it, without the token that ended it
 * @param ended whether an end token came before the limit
 */
public record Generation(List<Long> prompt, List<Long> ids, boolean ended) {
  public Generation {
    prompt = List.copyOf(prompt);
    ids = List.copyOf(ids);
  }

  /**
   * Continues a prompt, token by token.
   *
   * @param limit the most tokens to make
   * @param sampler chooses each token
   * @param listener hears each token as it comes
   */
  public static Generation run(
      Decoder decoder, long[] prompt, int limit, Sampler sampler, LongConsumer listener) {
    int context = decoder.context();
    int capacity = (int) Math.min((long) prompt.length + limit, context);
    if (prompt.length > context) {
      throw HostError.TOO_LONG.at("prompt", "", prompt.length, context);
    }
    try (DecoderRun run = decoder.start(1, capacity)) {
      return proceed(run, decoder.facts().tokens(), prompt, limit, sampler, listener);
    }
  }

  /** Feeds a prompt to a run of one sequence and goes on until an end, the limit, or no room. */
  static Generation proceed(
      DecoderRun run,
      SpecialTokens tokens,
      long[] prompt,
      int limit,
      Sampler sampler,
      LongConsumer listener) {
    List<Long> ids = new ArrayList<>();
    boolean ended = false;
    Logits logits = run.feed(prompt);
    while (ids.size() < limit) {
      long token = sampler.choose(logits);
      if (tokens.end().contains(token)) {
        ended = true;
        break;
      }
      ids.add(token);
      listener.accept(token);
      if (ids.size() == limit || run.room() == 0) {
        break;
      }
      logits = run.feed(new long[] {token});
    }
    return new Generation(LongStream.of(prompt).boxed().toList(), ids, ended);
  }
}
