package org.m4fw.quantizer.activation;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.m4fw.graph.ir.AttachmentPoint;
import org.m4fw.graph.ir.EncodedWeight;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator;
import org.m4fw.targets.ActivationSupport;

/** Which operators of a graph could compute in whole numbers, and which of their values count. */
final class IntegerOperators {
  /** They move numbers without changing them, so that what comes out is stored as what goes in. */
  private static final Set<String> MOVING =
      Set.of(
          "Expand",
          "Flatten",
          "Gather",
          "Identity",
          "Pad",
          "ReduceMax",
          "Reshape",
          "Slice",
          "Split",
          "Squeeze",
          "Tile",
          "Transpose",
          "Unsqueeze");

  private final ActivationSupport support;
  private final Map<String, EncodedWeight> weights;
  private final Set<String> adapterInputs = new HashSet<>();

  IntegerOperators(Graph graph, ActivationSupport support, Map<String, EncodedWeight> weights) {
    this.support = support;
    this.weights = weights;
    Set<String> results = new HashSet<>();
    for (AttachmentPoint point : graph.attachmentPoints()) {
      adapterInputs.addAll(List.of(point.inputA(), point.inputB(), point.inputScale()));
      results.addAll(List.of(point.name(), point.name() + ".adapted"));
    }
    // What an adapter's branch gives has a range that only the adapter knows; the result of the
    // whole point is taken to have the range that it has without one.
    for (Node node : graph.nodes()) {
      if (node.inputs().stream().anyMatch(adapterInputs::contains)) {
        adapterInputs.addAll(node.outputs());
        adapterInputs.removeAll(results);
      }
    }
  }

  /** As the target's list names it. */
  static String type(Node node) {
    return switch (node.operator()) {
      case Operator.Linear linear -> "MatMul";
      case Operator.Embedding embedding -> "Embedding";
      case Operator.Primitive primitive -> primitive.type();
      default -> node.operator().getClass().getSimpleName();
    };
  }

  /** Why an operator has to stay in floating point whatever its values are like. */
  Optional<String> obstacle(Node node) {
    Optional<String> unknown = unknown(node);
    if (unknown.isPresent()) {
      return unknown;
    }
    if (node.inputs().stream().anyMatch(adapterInputs::contains)) {
      return Optional.of("part of an adapter's branch, whose range nobody knows before");
    }
    return switch (node.operator()) {
      case Operator.Linear linear -> notInEightBits(linear.weight());
      case Operator.Primitive p when p.type().startsWith("Conv") ->
          notInEightBits(node.inputs().get(1));
      case Operator.Primitive p -> Optional.empty();
      default -> Optional.of("the target computes no such operator in whole numbers");
    };
  }

  /** Why an operator has to stay in floating point even if all its operands could be converted. */
  Optional<String> unknown(Node node) {
    return support.operators().contains(type(node))
        ? Optional.empty()
        : Optional.of("the target computes no %s in whole numbers".formatted(type(node)));
  }

  private Optional<String> notInEightBits(String name) {
    EncodedWeight weight = weights.get(name);
    if (weight == null) {
      return Optional.of("its kernel is computed by the graph, not stored");
    }
    return weight.encoding() instanceof Encoding.Int8PerChannel
        ? Optional.empty()
        : Optional.of("its weight is stored as " + weight.encoding().id());
  }

  /** The inputs that have to be stored as whole numbers; weights in eight bits and biases apart. */
  static List<String> inputs(Node node) {
    boolean first =
        switch (node.operator()) {
          case Operator.Linear linear -> true;
          case Operator.Primitive p -> p.type().startsWith("Conv") || MOVING.contains(p.type());
          default -> false;
        };
    return first
        ? List.of(node.inputs().getFirst())
        : node.inputs().stream().filter(name -> !name.isEmpty()).toList();
  }

  static List<String> outputs(Node node) {
    return node.outputs().stream().filter(name -> !name.isEmpty()).toList();
  }

  /** Values of the operator that have to be stored alike; empty if each may have its own range. */
  static List<String> alike(Node node) {
    String type = type(node);
    if (!MOVING.contains(type) && !type.equals("Concat")) {
      return List.of();
    }
    List<String> values = new ArrayList<>(inputs(node));
    values.addAll(outputs(node));
    return values;
  }

  /** Whether it computes anything, so that it can lose something of its own. */
  static boolean computes(Node node) {
    return alike(node).isEmpty();
  }
}
