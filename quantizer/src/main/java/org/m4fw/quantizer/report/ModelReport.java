package org.m4fw.quantizer.report;

import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What quantization did to a model: to its weights and, where there were data to run it on, to what
 * it computes.
 *
 * @param model where it is from
 * @param scheme how its linear layers were to be stored, with the method
 * @param outliers by weight: the share of its numbers whose magnitude is more than six times the
 *     root of the mean square of all
 * @param predictions for a language model with a text to predict
 * @param outputs for a component with inputs to run on
 * @param outputsFrom what these inputs are; empty if there are none
 */
public record ModelReport(
    String model,
    String scheme,
    QuantizationReport weights,
    SortedMap<String, Double> outliers,
    Optional<Predictions> predictions,
    List<OutputQuality> outputs,
    String outputsFrom) {
  public ModelReport {
    outliers = Collections.unmodifiableSortedMap(new TreeMap<>(outliers));
    outputs = List.copyOf(outputs);
  }

  /** The weights that lost most: the largest error relative to their own numbers comes first. */
  public List<QuantizationReport.Entry> worst(int count) {
    return weights.entries().stream()
        .filter(entry -> entry.weight().quality().filter(q -> q.noise() > 0).isPresent())
        .sorted(
            Comparator.comparingDouble(
                    (QuantizationReport.Entry entry) ->
                        entry.weight().quality().orElseThrow().sqnr())
                .thenComparing(entry -> entry.weight().name()))
        .limit(count)
        .toList();
  }

  /** The share of a weight in the squared error of all weights; 0 if nothing was lost at all. */
  public double errorShare(WeightReport weight) {
    double all =
        weights.entries().stream()
            .flatMap(entry -> entry.weight().quality().stream())
            .mapToDouble(quality -> quality.noise())
            .sum();
    double own = weight.quality().map(quality -> quality.noise()).orElse(0.0);
    return all == 0 ? 0 : own / all;
  }
}
