package org.m4fw.targets;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * That a target computes in whole numbers, with scales that are fixed when the graph is made.
 *
 * @param symmetric whether eight-bit activations have no zero point
 * @param sixteenBits whether it also takes activations of sixteen bits, symmetric
 * @param operators the names of the operators that it computes so; a linear layer is a MatMul
 * @param fixed what the outputs of some operators have to be stored as
 * @param source where this is from
 */
public record ActivationSupport(
    boolean symmetric,
    boolean sixteenBits,
    Set<String> operators,
    List<FixedOutput> fixed,
    String source) {
  public ActivationSupport {
    operators = Collections.unmodifiableSet(new TreeSet<>(operators));
    fixed = List.copyOf(fixed);
  }

  /**
   * An eight-bit output that is always stored in the same way.
   *
   * @param scaleBits the scale is 2 to the power of minus this
   */
  public record FixedOutput(String operator, int scaleBits, int zeroPoint) {}

  /** How the output of an operator has to be stored, if that is fixed. */
  public Optional<FixedOutput> fixedOutput(String operator) {
    return fixed.stream().filter(output -> output.operator().equals(operator)).findFirst();
  }
}
