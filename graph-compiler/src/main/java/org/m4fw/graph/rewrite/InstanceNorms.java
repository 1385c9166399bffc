package org.m4fw.graph.rewrite;

import java.util.List;
import org.m4fw.graph.fixed.FixedGraph;
import org.m4fw.graph.fixed.FixedGraph.ValueType;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator.Primitive;

/**
 * Instance normalization of [N, C, L], which is how group normalization comes, by its definition
 * (Ulyanov et al., "Instance Normalization"; Wu and He, "Group Normalization").
 */
public record InstanceNorms() implements Rewrite {
  @Override
  public String id() {
    return "instance-norm";
  }

  @Override
  public FixedGraph apply(String file, FixedGraph graph) {
    return Rewrite.each(
        file, graph, (node, operator, steps) -> rewrite(node, operator, graph, steps));
  }

  private static void rewrite(Node node, Primitive operator, FixedGraph graph, Steps steps) {
    ValueType x = graph.value(node.inputs().getFirst());
    if (!operator.type().equals("InstanceNormalization") || x.rank() != 3) {
      steps.keep(node);
      return;
    }
    String y = node.outputs().getFirst();
    String unit =
        Normalization.unit(
            steps, y, node.inputs().getFirst(), Rewrite.number(operator, "epsilon", 1e-5f), 2);
    List<Long> column = List.of(x.dims().get(1), 1L);
    String scale = steps.reshape(y + ".scale", node.inputs().get(1), column);
    String bias = steps.reshape(y + ".bias", node.inputs().get(2), column);
    steps.op("Add", y, steps.op("Mul", y + ".scaled", unit, scale), bias);
  }
}
