package org.m4fw.quantizer.report;

import java.util.List;
import java.util.Optional;

/**
 * What several ways of quantizing one model made of it: its size against what it is worth.
 *
 * @param model where it is from
 * @param attempts in the order in which they were made
 */
public record SweepReport(String model, List<Attempt> attempts) {
  public SweepReport {
    attempts = List.copyOf(attempts);
  }

  /**
   * One way.
   *
   * @param way the scheme, or the bits per weight of linear layers
   * @param method that found the numbers
   * @param predictions if there was a text to predict
   * @param outputs of the component, if there were inputs to run it on
   */
  public record Attempt(
      String way,
      String method,
      QuantizationReport weights,
      Optional<Predictions> predictions,
      List<OutputQuality> outputs) {
    public Attempt {
      outputs = List.copyOf(outputs);
    }

    /** The output that is furthest from what it should be, among those that can be compared. */
    public Optional<OutputQuality> worstOutput() {
      return outputs.stream()
          .filter(output -> !Double.isNaN(output.sqnr()))
          .min((a, b) -> Double.compare(a.sqnr(), b.sqnr()));
    }
  }
}
