package org.m4fw.graph.rewrite;

import java.util.List;
import java.util.stream.LongStream;
import org.m4fw.graph.fixed.FixedGraph;
import org.m4fw.graph.ir.Literal;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator.Attribute;
import org.m4fw.graph.ir.Operator.Primitive;

/** An axis read backwards as rows at constant indices: devices have no slices with such steps. */
public record ReversedAxes() implements Rewrite {
  @Override
  public String id() {
    return "reversed-axes";
  }

  @Override
  public FixedGraph apply(String file, FixedGraph graph) {
    return Rewrite.each(
        file, graph, (node, operator, steps) -> rewrite(node, operator, graph, steps));
  }

  private static void rewrite(Node node, Primitive operator, FixedGraph graph, Steps steps) {
    if (!operator.type().equals("Slice") || !isWholeAxisBackwards(node, graph)) {
      steps.keep(node);
      return;
    }
    String y = node.outputs().getFirst();
    int axis = axis(node, graph);
    long size = graph.value(y).dims().get(axis);
    steps.op(
        "Gather",
        java.util.Map.of("axis", new Attribute.Int(axis)),
        y,
        node.inputs().getFirst(),
        steps.ints(LongStream.range(0, size).map(index -> size - 1 - index).toArray()));
  }

  private static boolean isWholeAxisBackwards(Node node, FixedGraph graph) {
    return node.inputs().size() == 5
        && numbers(node, 4, graph).equals(List.of(-1L))
        && numbers(node, 3, graph).size() == 1
        && graph
            .value(node.inputs().getFirst())
            .dims()
            .equals(graph.value(node.outputs().getFirst()).dims());
  }

  private static int axis(Node node, FixedGraph graph) {
    return Rewrite.axis(
        numbers(node, 3, graph).getFirst(), graph.value(node.inputs().getFirst()).rank());
  }

  /** The numbers of a constant; empty if it is none. */
  private static List<Long> numbers(Node node, int input, FixedGraph graph) {
    Literal literal = graph.graph().literals().get(node.inputs().get(input));
    return literal == null ? List.of() : Rewrite.integers(literal);
  }
}
