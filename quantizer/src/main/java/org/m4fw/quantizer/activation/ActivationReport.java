package org.m4fw.quantizer.activation;

import java.util.List;
import java.util.Optional;
import org.m4fw.graph.ir.ActivationPlan;
import org.m4fw.quantizer.kernel.Quality;

/**
 * What static quantization of activations did to one graph, on the calibration data.
 *
 * @param part the graph's name within its component
 * @param observer how ranges were chosen
 * @param samples how many there were
 * @param bound the ratio, in dB, below which nothing stays in eight bits
 * @param values in the order of their names
 * @param operators in the order in which they are computed; those of floating-point values only
 * @param outputs the results of the whole graph against those in floating point
 */
public record ActivationReport(
    String part,
    String observer,
    int samples,
    double bound,
    List<Value> values,
    List<Computed> operators,
    List<Output> outputs) {
  public ActivationReport {
    values = List.copyOf(values);
    operators = List.copyOf(operators);
    outputs = List.copyOf(outputs);
  }

  /**
   * A value between operators.
   *
   * @param min the least number seen, masks apart
   * @param quality of storing it, as planned
   * @param clipped the share of its numbers that the range does not hold
   */
  public record Value(
      String name,
      double min,
      double max,
      ActivationPlan.Choice choice,
      Quality quality,
      double clipped) {}

  /**
   * An operator.
   *
   * @param name of its first output
   * @param type as ONNX calls it
   * @param alone of its result where only itself computes in whole numbers
   * @param together of its result where all operators do that are planned so; empty where its shape
   *     then differs, as that of a sound does whose length is computed
   */
  public record Computed(
      String name,
      String type,
      ActivationPlan.Placement placement,
      Quality alone,
      Optional<Quality> together) {}

  /**
   * A result of the whole graph.
   *
   * @param quality empty where its shape differs from that in floating point
   */
  public record Output(String name, Optional<Quality> quality) {}

  /** How many operators compute in whole numbers. */
  public long integerOperators() {
    return operators.stream().filter(operator -> operator.placement().integer()).count();
  }

  /** How many values are stored in so many bits. */
  public long valuesOf(int bits) {
    return values.stream()
        .filter(value -> value.choice().stored().filter(s -> s.bits() == bits).isPresent())
        .count();
  }

  /** How many values stay in floating point though an operator could take them. */
  public long floatingValues() {
    return values.stream().filter(value -> value.choice().stored().isEmpty()).count();
  }
}
