package org.m4fw.graph.rewrite;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.m4fw.graph.fixed.FixedGraph;
import org.m4fw.graph.fixed.FixedGraph.ValueType;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator.Attribute;
import org.m4fw.graph.ir.Operator.Primitive;

/**
 * Computes without leading axes of size 1 where a value has more than four axes, as devices take
 * four at most: [1, 2, 4, 8, 8] as [2, 4, 8, 8]. Between operators the values keep their shapes;
 * reshapes that meet become one when the graph is bound again and emitted.
 */
public record LeadingAxes() implements Rewrite {
  private static final int MOST_AXES = 4;
  private static final Set<String> BROADCAST =
      Set.of("Add", "Sub", "Mul", "Div", "Max", "Min", "MatMul");
  private static final Set<String> EACH =
      Set.of("Sigmoid", "Tanh", "Gelu", "Sqrt", "Reciprocal", "Exp", "Neg", "Identity");

  @Override
  public String id() {
    return "leading-axes";
  }

  @Override
  public FixedGraph apply(String file, FixedGraph graph) {
    return Rewrite.each(
        file, graph, (node, operator, steps) -> rewrite(node, operator, graph, steps));
  }

  private static void rewrite(Node node, Primitive operator, FixedGraph graph, Steps steps) {
    if (node.inputs().contains("")) {
      steps.keep(node);
      return;
    }
    String y = node.outputs().getFirst();
    int excess =
        Math.max(
                graph.value(y).rank(),
                node.inputs().stream().mapToInt(input -> graph.value(input).rank()).max().orElse(0))
            - MOST_AXES;
    boolean one =
        node.outputs().size() == 1
            && excess > 0
            && leadingOnes(graph.value(y)) >= excess
            && node.inputs().stream()
                .allMatch(
                    input ->
                        graph.value(input).rank() <= MOST_AXES
                            || leadingOnes(graph.value(input)) >= excess);
    if (!one) {
      steps.keep(node);
      return;
    }
    Optional<Primitive> lower =
        lower(operator, graph.value(node.inputs().getFirst()).rank(), excess);
    if (lower.isEmpty()) {
      steps.keep(node);
      return;
    }
    List<String> inputs = new ArrayList<>();
    for (int i = 0; i < node.inputs().size(); i++) {
      String input = node.inputs().get(i);
      List<Long> dims = graph.value(input).dims();
      inputs.add(
          dims.size() > MOST_AXES
              ? steps.reshape(
                  "%s.lower.%s".formatted(y, i), input, dims.subList(excess, dims.size()))
              : input);
    }
    steps.keep(new Node(y + ".lower", lower.get(), inputs, List.of(y + ".lower")));
    steps.reshape(y, y + ".lower", graph.value(y).dims());
  }

  private static int leadingOnes(ValueType value) {
    int ones = 0;
    while (ones < value.rank() && value.dims().get(ones) == 1) {
      ones++;
    }
    return ones;
  }

  /** The operator over values without their first axes; empty if it is none that is known. */
  private static Optional<Primitive> lower(Primitive operator, int rank, int excess) {
    Map<String, Attribute> attributes = new HashMap<>(operator.attributes());
    switch (operator.type()) {
      case "Softmax", "Concat" -> {
        int axis = Rewrite.axis(Rewrite.integer(operator, "axis", -1), rank);
        if (axis < excess) {
          return Optional.empty();
        }
        attributes.put("axis", new Attribute.Int(axis - excess));
      }
      case "Transpose" -> {
        List<Long> order = Rewrite.integers(operator, "perm");
        for (int axis = 0; axis < excess; axis++) {
          if (order.get(axis) != axis) {
            return Optional.empty();
          }
        }
        attributes.put(
            "perm",
            new Attribute.Ints(
                order.subList(excess, rank).stream().map(axis -> axis - excess).toList()));
      }
      default -> {
        if (!BROADCAST.contains(operator.type()) && !EACH.contains(operator.type())) {
          return Optional.empty();
        }
      }
    }
    return Optional.of(Primitive.of("", operator.type(), attributes));
  }
}
