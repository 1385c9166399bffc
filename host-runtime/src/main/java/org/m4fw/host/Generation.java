package org.m4fw.host;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
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
    SpecialTokens tokens = decoder.facts().tokens();
    List<Long> ids = new ArrayList<>();
    boolean ended = false;
    if (prompt.length > context) {
      throw HostError.TOO_LONG.at("prompt", "", prompt.length, context);
    }
    try (DecoderRun run = decoder.start(1, capacity)) {
      Logits logits = run.feed(prompt);
      while (ids.size() < limit) {
        long token = sampler.choose(logits);
        if (tokens.end().contains(token)) {
          ended = true;
          break;
        }
        ids.add(token);
        listener.accept(token);
        if (ids.size() == limit || run.length() == capacity) {
          break;
        }
        logits = run.feed(new long[] {token});
      }
    }
    List<Long> promptIds = new ArrayList<>();
    for (long token : prompt) {
      promptIds.add(token);
    }
    return new Generation(promptIds, ids, ended);
  }
}
