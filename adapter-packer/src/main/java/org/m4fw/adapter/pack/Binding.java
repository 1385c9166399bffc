package org.m4fw.adapter.pack;

import java.util.List;
import org.m4fw.adapter.answer.KnownAnswer;
import org.m4fw.adapter.lite.LiteForm;
import org.m4fw.base.digest.Digest;

/**
 * What running an adapter on an image gave.
 *
 * @param build the image's id
 * @param weights of the base before quantization
 * @param answers at least one
 * @param forms for graphs of LiteRT
 * @param limit how far answers on another base may be from these: mean KL divergence in nats
 */
public record Binding(
    Digest build, Digest weights, List<KnownAnswer> answers, List<LiteForm> forms, double limit) {
  /** Below what two machines differ by, and the least that packages can state exactly. */
  public static final double MIN_LIMIT = 1e-6;

  public static final double MAX_LIMIT = 1000;

  /** Without graphs of LiteRT. */
  public Binding(Digest build, Digest weights, List<KnownAnswer> answers, double limit) {
    this(build, weights, answers, List.of(), limit);
  }

  public Binding {
    answers = List.copyOf(answers);
    forms = List.copyOf(forms);
    if (answers.isEmpty() || !(limit >= MIN_LIMIT) || limit > MAX_LIMIT) {
      throw new IllegalArgumentException(answers.size() + " answers, limit " + limit);
    }
  }
}
