package org.m4fw.cli.pipeline;

import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.host.Evaluation;

/**
 * How well a model predicts its evaluation tokens.
 *
 * @param nll mean negative log-likelihood, in nats
 * @param kl mean KL divergence from the unquantized model, in nats, if it was compared
 * @param top1 share of equal first choices, if it was compared
 */
record Quality(double nll, Optional<Double> kl, Optional<Double> top1) {

  static Quality of(Evaluation evaluation) {
    return new Quality(
        evaluation.nll(),
        evaluation.comparison().map(Evaluation.Comparison::kl),
        evaluation.comparison().map(Evaluation.Comparison::top1));
  }

  double perplexity() {
    return Math.exp(nll);
  }

  /** By their names in reports. */
  SortedMap<String, Double> metrics() {
    SortedMap<String, Double> metrics = new TreeMap<>();
    metrics.put("nll", nll);
    metrics.put("perplexity", perplexity());
    kl.ifPresent(value -> metrics.put("kl", value));
    top1.ifPresent(value -> metrics.put("top1", value));
    return metrics;
  }
}
