package org.m4fw.graph.rewrite;

import java.util.ArrayList;
import java.util.List;
import org.m4fw.graph.fixed.FixedGraph;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator.Primitive;

/**
 * Products of matrices [..., G, M, K] with one [..., 1, K, N] for all of a group, as grouped
 * queries have them: the G·M rows as one matrix, so that nothing is broadcast.
 */
public record BroadcastProducts() implements Rewrite {
  @Override
  public String id() {
    return "broadcast-products";
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
    int rank = left.size();
    List<Long> rows = new ArrayList<>(left.subList(0, rank - 3));
    rows.add(left.get(rank - 3) * left.get(rank - 2));
    rows.add(left.get(rank - 1));
    List<Long> one = new ArrayList<>(right.subList(0, rank - 3));
    one.addAll(right.subList(rank - 2, rank));
    String product =
        steps.op(
            "MatMul",
            y + ".rows",
            steps.reshape(y + ".left", node.inputs().get(0), rows),
            steps.reshape(y + ".right", node.inputs().get(1), one));
    steps.reshape(y, product, graph.value(y).dims());
  }

  private static boolean applies(Node node, FixedGraph graph) {
    List<Long> left = graph.value(node.inputs().get(0)).dims();
    List<Long> right = graph.value(node.inputs().get(1)).dims();
    int rank = left.size();
    return rank > 3
        && right.size() == rank
        && left.subList(0, rank - 3).equals(right.subList(0, rank - 3))
        && right.get(rank - 3) == 1;
  }
}
