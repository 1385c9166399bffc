package org.m4fw.graph.ir;

import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How the values between the operators of a target's graph are stored, where the target computes in
 * whole numbers, and which operators do so.
 *
 * @param values by name: those that come to or from an operator that could compute in whole
 *     numbers, its constant operands included; all others stay in floating point
 * @param placements by the name of an operator's first output
 */
public record ActivationPlan(
    SortedMap<String, Choice> values, SortedMap<String, Placement> placements) {
  public ActivationPlan {
    values = Collections.unmodifiableSortedMap(new TreeMap<>(values));
    placements = Collections.unmodifiableSortedMap(new TreeMap<>(placements));
  }

  /** Everything stays in floating point. */
  public static ActivationPlan none() {
    return new ActivationPlan(new TreeMap<>(), new TreeMap<>());
  }

  /**
   * One decision about a value.
   *
   * @param stored empty where it stays in floating point
   * @param reason as the report shows it
   */
  public record Choice(Optional<Stored> stored, String reason) {}

  /**
   * Where an operator is computed.
   *
   * @param integer in whole numbers; otherwise in floating point on the host
   * @param reason as the report shows it
   */
  public record Placement(boolean integer, String reason) {}

  /**
   * A value as whole numbers: x = (q − zero point)·scale, one scale for the whole tensor.
   *
   * @param bits 8 or 16, signed
   * @param scale positive
   */
  public record Stored(int bits, float scale, int zeroPoint) {
    public Stored {
      if ((bits != 8 && bits != 16) || !(scale > 0) || !Float.isFinite(scale)) {
        throw new IllegalArgumentException("%s bits with scale %s".formatted(bits, scale));
      }
    }

    public int smallest() {
      return bits == 8 ? -128 : -32768;
    }

    public int largest() {
      return bits == 8 ? 127 : 32767;
    }

    /** What becomes of a number: rounded to the nearest, ties to even, and clamped. */
    public float rebuilt(float value) {
      double steps = Math.rint(value / scale) + zeroPoint;
      return (float) ((Math.clamp(steps, smallest(), (double) largest()) - zeroPoint) * scale);
    }
  }

  /** How a value is stored, if it is in whole numbers. */
  public Optional<Stored> stored(String value) {
    Choice choice = values.get(value);
    return choice == null ? Optional.empty() : choice.stored();
  }

  /** Whether the operator with this first output computes in whole numbers. */
  public boolean isInteger(String output) {
    Placement placement = placements.get(output);
    return placement != null && placement.integer();
  }
}
