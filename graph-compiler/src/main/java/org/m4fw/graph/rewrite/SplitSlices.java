package org.m4fw.graph.rewrite;

import org.m4fw.graph.fixed.FixedGraph;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator.Primitive;

/** Each part of a Split as a slice: every device has slices, and a part nobody wants costs none. */
public record SplitSlices() implements Rewrite {
  @Override
  public String id() {
    return "split-slices";
  }

  @Override
  public FixedGraph apply(String file, FixedGraph graph) {
    return Rewrite.each(
        file, graph, (node, operator, steps) -> rewrite(node, operator, graph, steps));
  }

  private static void rewrite(Node node, Primitive operator, FixedGraph graph, Steps steps) {
    if (!operator.type().equals("Split")) {
      steps.keep(node);
      return;
    }
    int rank = graph.value(node.inputs().getFirst()).rank();
    int axis = Rewrite.axis(Rewrite.integer(operator, "axis", 0), rank);
    long from = 0;
    for (String part : node.outputs()) {
      if (!graph.values().containsKey(part)) {
        throw new IllegalStateException("no size of " + part);
      }
      long to = from + graph.value(part).dims().get(axis);
      steps.op(
          "Slice",
          part,
          node.inputs().getFirst(),
          steps.ints(from),
          steps.ints(to),
          steps.ints(axis));
      from = to;
    }
  }
}
