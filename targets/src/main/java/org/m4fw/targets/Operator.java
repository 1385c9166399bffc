package org.m4fw.targets;

import java.util.Comparator;

/**
 * An operator that a graph for a target may use.
 *
 * @param domain {@code ai.onnx} or {@code com.microsoft}
 * @param name as ONNX spells it
 * @param since the newest operator set version of its definition that the target implements, not
 *     above the target's opset; 0 if the source does not say
 * @param note a limit that the graph has to keep to; empty if there is none
 */
public record Operator(String domain, String name, int since, String note) {
  /** The domain of the standard's own operators. */
  public static final String ONNX = "ai.onnx";

  /** The domain of ONNX Runtime's own operators. */
  public static final String MICROSOFT = "com.microsoft";

  static final Comparator<Operator> ORDER =
      Comparator.comparing(Operator::domain).thenComparing(Operator::name);
}
