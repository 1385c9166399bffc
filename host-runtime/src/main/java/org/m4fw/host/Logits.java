package org.m4fw.host;

import java.nio.FloatBuffer;

/**
 * Scores of the next token for every position of a step, [batch, length, vocabulary].
 *
 * @param values a view that is valid until the decoder's next step
 */
public record Logits(int batch, int length, int vocabulary, FloatBuffer values) {

  /** Copies the scores at one position. */
  public void read(int row, int position, float[] into) {
    values.get((row * length + position) * vocabulary, into, 0, vocabulary);
  }

  /** The token with the highest score, the first of equal ones. */
  public int best(int row, int position) {
    int start = (row * length + position) * vocabulary;
    int best = 0;
    float score = values.get(start);
    for (int token = 1; token < vocabulary; token++) {
      float candidate = values.get(start + token);
      if (candidate > score) {
        best = token;
        score = candidate;
      }
    }
    return best;
  }
}
