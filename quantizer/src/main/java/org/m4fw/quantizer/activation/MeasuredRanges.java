package org.m4fw.quantizer.activation;

import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.m4fw.graph.ir.ActivationPlan;
import org.m4fw.graph.ir.ActivationPlan.Choice;
import org.m4fw.graph.ir.ActivationPlan.Stored;

/**
 * How the values of a model's graphs are stored on a device that takes nothing but whole numbers:
 * measured once, as that takes runs of the whole model, and good for every compilation after it.
 *
 * @param from what they were measured on
 * @param parts by name; parts that the calibration data had no inputs for are not there
 */
public record MeasuredRanges(From from, SortedMap<String, Part> parts) {
  public MeasuredRanges {
    parts = Collections.unmodifiableSortedMap(new TreeMap<>(parts));
  }

  /**
   * Where ranges are from.
   *
   * @param weights the digest of the weights, as they came
   * @param calibration the digest of the calibration data
   * @param observer how ranges followed from them
   * @param smooth the strength, if the model was smoothed first
   */
  public record From(
      String weights, String calibration, String observer, Optional<Double> smooth) {}

  /**
   * A graph.
   *
   * @param spread the results of softmax that are computed in another way
   * @param values by name, those of constants included
   */
  public record Part(SortedSet<String> spread, SortedMap<String, Stored> values) {
    public Part {
      spread = Collections.unmodifiableSortedSet(new TreeSet<>(spread));
      values = Collections.unmodifiableSortedMap(new TreeMap<>(values));
    }

    /** What a plan stores in whole numbers. */
    public static Part of(SortedSet<String> spread, ActivationPlan plan) {
      SortedMap<String, Stored> values = new TreeMap<>();
      plan.values()
          .forEach((name, choice) -> choice.stored().ifPresent(stored -> values.put(name, stored)));
      return new Part(spread, values);
    }

    /** As a plan for the same values. */
    public ActivationPlan plan() {
      SortedMap<String, Choice> choices = new TreeMap<>();
      values.forEach(
          (name, stored) -> choices.put(name, new Choice(Optional.of(stored), "measured before")));
      return new ActivationPlan(choices, new TreeMap<>());
    }
  }
}
