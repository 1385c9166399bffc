package org.m4fw.host;

import java.util.Optional;
import org.m4fw.base.progress.Progress;

/**
 * How well a decoder predicts a text.
 *
 * @param nll mean negative log-likelihood of the next token, in nats
 * @param windows sequences, each starting with an empty cache
 * @param predictions window − 1 per sequence
 * @param comparison with another decoder on the same text, if there was one
 */
public record Evaluation(
    double nll, int windows, long predictions, Optional<Comparison> comparison) {

  /**
   * How far a decoder is from its reference.
   *
   * @param kl mean Kullback–Leibler divergence of the reference's predictions to these, in nats
   * @param top1 share of predictions with the same first choice
   * @param referenceNll the mean negative log-likelihood of the reference, in nats
   */
  public record Comparison(double kl, double top1, double referenceNll) {}

  public double perplexity() {
    return Math.exp(nll);
  }

  /**
   * Evaluates a decoder.
   *
   * @param reference to compare with
   */
  public static Evaluation of(
      Decoder decoder, Optional<Decoder> reference, TokenFile tokens, Progress progress) {
    Sums sums = new Sums(decoder.geometry().vocabulary());
    try (Progress.Stage stage = progress.steps("evaluate " + decoder.name(), tokens.windows())) {
      for (int w = 0; w < tokens.windows(); w++) {
        long[] ids = tokens.window(w);
        try (DecoderRun run = decoder.start(1, tokens.window())) {
          Logits logits = run.feed(ids);
          if (reference.isPresent()) {
            try (DecoderRun other = reference.get().start(1, tokens.window())) {
              sums.add(ids, logits, Optional.of(other.feed(ids)));
            }
          } else {
            sums.add(ids, logits, Optional.empty());
          }
        }
        stage.advance(1);
      }
    }
    return sums.result(tokens.windows(), reference.isPresent());
  }

  /** Running sums over all predictions, in the order of the text. */
  private static final class Sums {
    private final float[] scores;
    private final float[] referenceScores;
    private double nll;
    private double kl;
    private double referenceNll;
    private long same;
    private long predictions;

    Sums(int vocabulary) {
      scores = new float[vocabulary];
      referenceScores = new float[vocabulary];
    }

    void add(long[] ids, Logits logits, Optional<Logits> reference) {
      for (int position = 0; position < ids.length - 1; position++) {
        logits.read(0, position, scores);
        double normalizer = Scores.logSumOfExponentials(scores);
        nll += normalizer - scores[(int) ids[position + 1]];
        if (reference.isPresent()) {
          reference.get().read(0, position, referenceScores);
          int next = (int) ids[position + 1];
          referenceNll += Scores.logSumOfExponentials(referenceScores) - referenceScores[next];
          kl += Scores.divergence(referenceScores, scores);
          same += reference.get().best(0, position) == logits.best(0, position) ? 1 : 0;
        }
        predictions++;
      }
    }

    Evaluation result(int windows, boolean compared) {
      return new Evaluation(
          nll / predictions,
          windows,
          predictions,
          compared
              ? Optional.of(
                  new Comparison(
                      kl / predictions, (double) same / predictions, referenceNll / predictions))
              : Optional.empty());
    }
  }
}
