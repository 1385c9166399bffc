package org.m4fw.graph.rewrite;

import java.util.List;
import org.m4fw.graph.fixed.FixedGraph;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator.Primitive;

/**
 * Products in which every position has a matrix of its own, the same for all heads, with the
 * positions outermost: [1, heads, S, 1, K] · [S, K, N] as [S, heads, K] · [S, K, N], where nothing
 * is repeated and no value has five axes. Attention that knows distances makes such ones.
 */
public record PositionProducts() implements Rewrite {
  private static final List<Long> SWAP = List.of(1L, 0L, 2L);

  @Override
  public String id() {
    return "position-products";
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
    long heads = left.subList(0, left.size() - 3).stream().reduce(1L, Math::multiplyExact);
    List<Long> rows = List.of(heads, right.get(0), right.get(1));
    String byHead = steps.reshape(y + ".by_head", node.inputs().get(0), rows);
    String byPosition = steps.transpose(y + ".by_position", byHead, SWAP);
    String product = steps.op("MatMul", y + ".product", byPosition, node.inputs().get(1));
    steps.reshape(y, steps.transpose(y + ".swapped", product, SWAP), graph.value(y).dims());
  }

  private static boolean applies(Node node, FixedGraph graph) {
    List<Long> left = graph.value(node.inputs().get(0)).dims();
    List<Long> right = graph.value(node.inputs().get(1)).dims();
    int rank = left.size();
    return right.size() == 3
        && rank > 3
        && left.get(rank - 2) == 1
        && left.get(rank - 3).equals(right.getFirst());
  }
}
