package org.m4fw.adapter.pack;

import java.util.List;
import org.m4fw.adapter.answer.KnownAnswer;
import org.m4fw.base.digest.Digest;

/**
 * What running an adapter on an image gave.
 *
 * @param build the image's id
 * @param weights of the base before quantization
 * @param answers at least one
 * @param limit how far answers on another base may be from these: mean KL divergence in nats
 */
public record Binding(Digest build, Digest weights, List<KnownAnswer> answers, double limit) {
  /** Below what two machines differ by, and the least that packages can state exactly. */
  public static final double MIN_LIMIT = 1e-6;

  public static final double MAX_LIMIT = 1000;

  public Binding {
    answers = List.copyOf(answers);
    if (answers.isEmpty() || !(limit >= MIN_LIMIT) || limit > MAX_LIMIT) {
      throw new IllegalArgumentException(answers.size() + " answers, limit " + limit);
    }
  }
}
