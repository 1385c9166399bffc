package org.m4fw.quantizer.report;

/**
 * How well a language model predicts a text, before and after its weights were quantized.
 *
 * @param nllBefore mean negative log-likelihood of the next token, in nats
 * @param kl mean Kullback–Leibler divergence of the predictions before to those after, in nats
 * @param top1 the share of predictions with the same first choice
 * @param count how many predictions that is over
 */
public record Predictions(double nllBefore, double nllAfter, double kl, double top1, long count) {

  public double perplexityBefore() {
    return Math.exp(nllBefore);
  }

  public double perplexityAfter() {
    return Math.exp(nllAfter);
  }
}
