package org.m4fw.host;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.function.LongPredicate;
import org.m4fw.graph.ir.SpecialTokens;

/**
 * A continuation of a prompt.
 *
 * @param prompt the prompt's tokens
 * @param ids what came after it, without the token that ended it
 * @param ended whether an end token, or whoever listened, ended it before the limit
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
    return run(decoder, Prompt.of(prompt), limit, sampler, hearing(listener));
  }

  /**
   * Continues a prompt that may hold vectors.
   *
   * @param goOn hears each token as it comes, and says whether it was not the last
   */
  public static Generation run(
      Decoder decoder, Prompt prompt, int limit, Sampler sampler, LongPredicate goOn) {
    int context = decoder.context();
    int length = prompt.length(decoder.geometry().width());
    if (length > context) {
      throw HostError.TOO_LONG.at("prompt", "", length, context);
    }
    int capacity = (int) Math.min((long) length + limit, context);
    try (DecoderRun run = decoder.start(1, capacity)) {
      return proceed(run, decoder.facts().tokens(), prompt, limit, sampler, goOn);
    }
  }

  /** One that never says that it was enough. */
  static LongPredicate hearing(LongConsumer listener) {
    return token -> {
      listener.accept(token);
      return true;
    };
  }

  /** Feeds a prompt to a run of one sequence and goes on until an end, the limit, or no room. */
  static Generation proceed(
      DecoderRun run,
      SpecialTokens tokens,
      Prompt prompt,
      int limit,
      Sampler sampler,
      LongPredicate goOn) {
    List<Long> ids = new ArrayList<>();
    boolean ended = false;
    Logits logits = prompt.feed(run);
    while (ids.size() < limit) {
      long token = sampler.choose(logits);
      if (tokens.end().contains(token)) {
        ended = true;
        break;
      }
      ids.add(token);
      if (!goOn.test(token)) {
        ended = true;
        break;
      }
      if (ids.size() == limit || run.room() == 0) {
        break;
      }
      logits = run.feed(new long[] {token});
    }
    return new Generation(prompt.ids(), ids, ended);
  }
}
