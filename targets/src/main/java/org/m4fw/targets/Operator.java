package org.m4fw.targets;

import java.util.Comparator;
import java.util.List;

/**
 * An operator that a graph for a target may use.
 *
 * @param domain {@code ai.onnx}, {@code com.microsoft} or {@code tflite}
 * @param name as ONNX or the schema of TensorFlow Lite spells it
 * @param since the newest operator set version of its definition that the target implements, not
 *     above the target's opset; 0 if the source does not say
 * @param limits what it has to keep to, as far as that can be checked
 * @param note another limit that the graph has to keep to; empty if there is none
 */
public record Operator(String domain, String name, int since, Limits limits, String note) {
  /** The domain of the standard's own operators. */
  public static final String ONNX = "ai.onnx";

  /** The domain of ONNX Runtime's own operators. */
  public static final String MICROSOFT = "com.microsoft";

  /** The domain of TensorFlow Lite's operators. */
  public static final String LITE = "tflite";

  /**
   * Limits of an operator.
   *
   * @param types of the elements of its operands, as the format names them; empty for any
   * @param maxVersion the newest version of its definition; 0 for any
   * @param maxRank how many axes its operands may have; 0 for any number
   * @param constants which of its inputs have to be constant
   */
  public record Limits(List<String> types, int maxVersion, int maxRank, List<Integer> constants) {
    public Limits {
      types = List.copyOf(types);
      constants = List.copyOf(constants);
    }

    /** No limit. */
    public static Limits none() {
      return new Limits(List.of(), 0, 0, List.of());
    }
  }

  static final Comparator<Operator> ORDER =
      Comparator.comparing(Operator::domain).thenComparing(Operator::name);
}
