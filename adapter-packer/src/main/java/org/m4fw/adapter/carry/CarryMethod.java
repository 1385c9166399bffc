package org.m4fw.adapter.carry;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * How an adapter is carried over. Δ is what it adds to a weight W of the old base, W′ the new one.
 */
public enum CarryMethod {
  /**
   * The trained numbers as they are, of every method (PortLLM, arXiv 2410.10870, does so with
   * LoRA); the shapes have to be the same.
   */
  DIRECT,
  /**
   * The best approximation of W + Δ − W′ of a higher rank: beside the adapter, what the base moved
   * away by since the adapter was trained. The shapes have to be the same.
   */
  COMPENSATED,
  /**
   * T·Δ·S with the orthogonal maps between the two bases' spaces that fit their weights best in the
   * Frobenius norm (after Cross-LoRA, arXiv 2508.05232), found from the embeddings of the tokens
   * that both share; for other widths or another order of units.
   */
  PROJECTED;

  /** The method of that name. */
  public static Optional<CarryMethod> of(String id) {
    return Arrays.stream(values()).filter(method -> method.id().equals(id)).findFirst();
  }

  /** {@code direct}. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }
}
