package org.m4fw.host;

/** What an adapter puts before the first token of every sequence, learned instead of written. */
public sealed interface VirtualTokens {

  /** How many there are; they take positions as tokens do. */
  int count();

  /**
   * Vectors in the place of those of tokens; the decoder computes them as it does tokens. Lester et
   * al., "The Power of Scale for Parameter-Efficient Prompt Tuning" (2021).
   *
   * @param vectors [count, width]
   */
  record Vectors(RuntimeAdapter.Matrix vectors) implements VirtualTokens {
    @Override
    public int count() {
      return vectors.rows();
    }
  }

  /**
   * Keys and values in the place of what layers would compute; keys are not turned by their
   * position. Li and Liang, "Prefix-Tuning" (2021).
   *
   * @param entries [count, 2 · layers · keyValueHeads · headWidth]: per token, for each layer the
   *     keys of all heads, then the values
   */
  record Cache(RuntimeAdapter.Matrix entries) implements VirtualTokens {
    @Override
    public int count() {
      return entries.rows();
    }
  }
}
