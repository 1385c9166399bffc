package org.m4fw.graph.rewrite;

import java.util.List;
import org.m4fw.graph.fixed.FixedGraph;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator.Primitive;

/**
 * Products of several matrices with one and the same as one product of all their rows, as devices
 * do not repeat an operand: [2, 3, 4, 8] · [8, 5] as [1, 24, 8] · [1, 8, 5].
 */
public record SharedProducts() implements Rewrite {
  @Override
  public String id() {
    return "shared-products";
  }

  @Override
  public FixedGraph apply(String file, FixedGraph graph) {
    return Rewrite.each(
        file, graph, (node, operator, steps) -> rewrite(node, operator, graph, steps));
  }

  private static void rewrite(Node node, Primitive operator, FixedGraph graph, Steps steps) {
    if (!operator.type().equals("MatMul") || !applies(node, graph)) {
      steps.keep(node);
      return;
    }
    String y = node.outputs().getFirst();
    List<Long> left = graph.value(node.inputs().get(0)).dims();
    List<Long> right = graph.value(node.inputs().get(1)).dims();
    long rows = matrices(left) * left.get(left.size() - 2);
    List<Long> one = right.subList(right.size() - 2, right.size());
    String product =
        steps.op(
            "MatMul",
            y + ".all_rows",
            steps.reshape(y + ".left", node.inputs().get(0), List.of(1L, rows, left.getLast())),
            steps.reshape(y + ".right", node.inputs().get(1), List.of(1L, one.get(0), one.get(1))));
    steps.reshape(y, product, graph.value(y).dims());
  }

  private static boolean applies(Node node, FixedGraph graph) {
    return matrices(graph.value(node.inputs().get(0)).dims()) > 1
        && matrices(graph.value(node.inputs().get(1)).dims()) == 1;
  }

  private static long matrices(List<Long> dims) {
    return dims.subList(0, dims.size() - 2).stream().reduce(1L, Math::multiplyExact);
  }
}
