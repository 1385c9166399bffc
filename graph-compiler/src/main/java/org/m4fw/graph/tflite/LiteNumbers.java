package org.m4fw.graph.tflite;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.graph.fixed.FixedGraph;
import org.m4fw.graph.ir.ActivationPlan;
import org.m4fw.graph.ir.ActivationPlan.Stored;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator.Primitive;

/**
 * As which whole numbers the values of a graph are kept, in a file in which nothing else is. Ranges
 * are measured at other sizes than a graph may have, so that a value may not be among them; one
 * that only moves the elements of another has that one's range.
 */
final class LiteNumbers {
  /** Operators whose results are elements of their first input, or of all of them. */
  private static final Set<String> MOVING =
      Set.of(
          "Flatten",
          "Gather",
          "Identity",
          "Pad",
          "ReduceMax",
          "Reshape",
          "Resize",
          "Slice",
          "Squeeze",
          "Transpose",
          "Unsqueeze");

  private final FixedGraph graph;
  private final SortedMap<String, Stored> stored = new TreeMap<>();

  private LiteNumbers(FixedGraph graph) {
    this.graph = graph;
  }

  /**
   * The numbers of a graph.
   *
   * @param plan as measured
   */
  static LiteNumbers of(FixedGraph graph, ActivationPlan plan) {
    LiteNumbers numbers = new LiteNumbers(graph);
    plan.values()
        .forEach((value, choice) -> choice.stored().ifPresent(s -> numbers.stored.put(value, s)));
    numbers.spread();
    return numbers;
  }

  /**
   * How a value is stored.
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link LiteError#NO_RANGE}
   */
  Stored of(String value) {
    Stored known = stored.get(value);
    if (known == null) {
      throw LiteError.NO_RANGE.at(value, "");
    }
    return known;
  }

  Optional<Stored> find(String value) {
    return Optional.ofNullable(stored.get(value));
  }

  /**
   * What an operator's result has to be stored as, whatever its range (TensorFlow Lite's 8-bit
   * quantization specification).
   */
  static Optional<Stored> fixed(String operator) {
    return switch (operator) {
      case "Softmax", "Sigmoid" -> Optional.of(new Stored(8, 0x1p-8f, -128));
      case "Tanh", "LpNormalization" -> Optional.of(new Stored(8, 0x1p-7f, 0));
      default -> Optional.empty();
    };
  }

  private void spread() {
    boolean changed = true;
    while (changed) {
      changed = false;
      for (Node node : graph.graph().nodes()) {
        changed |= spread(alike(node));
      }
      for (Node node : graph.graph().nodes().reversed()) {
        changed |= spread(alike(node));
      }
    }
  }

  private boolean spread(List<String> values) {
    Optional<Stored> known = values.stream().flatMap(value -> find(value).stream()).findFirst();
    boolean changed = false;
    if (known.isPresent()) {
      for (String value : values) {
        changed |= stored.putIfAbsent(value, known.get()) == null;
      }
    }
    return changed;
  }

  /** The values of an operator that only moves elements, constants and indices apart. */
  private List<String> alike(Node node) {
    if (!(node.operator() instanceof Primitive primitive)) {
      return List.of();
    }
    boolean all = primitive.type().equals("Concat");
    if (!all && !MOVING.contains(primitive.type())) {
      return List.of();
    }
    List<String> values = new ArrayList<>(all ? node.inputs() : node.inputs().subList(0, 1));
    values.addAll(node.outputs());
    values.removeIf(
        value -> graph.isConstant(value) || graph.value(value).type() != ElementType.FLOAT32);
    return values;
  }

  /** For messages and reports. */
  Map<String, Stored> all() {
    return stored;
  }
}
