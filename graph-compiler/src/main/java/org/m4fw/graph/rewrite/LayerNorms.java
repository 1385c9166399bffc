package org.m4fw.graph.rewrite;

import org.m4fw.graph.fixed.FixedGraph;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator.Primitive;

/**
 * Layer normalization over the last axis by its definition: d = x − mean(x), y = d / √(mean(d²) +
 * ε) · gain + bias (Ba et al., "Layer Normalization").
 */
public record LayerNorms() implements Rewrite {
  @Override
  public String id() {
    return "layer-norm";
  }

  @Override
  public FixedGraph apply(String file, FixedGraph graph) {
    return Rewrite.each(
        file, graph, (node, operator, steps) -> rewrite(node, operator, graph, steps));
  }

  private static void rewrite(Node node, Primitive operator, FixedGraph graph, Steps steps) {
    int rank = graph.value(node.inputs().getFirst()).rank();
    boolean lastAxis = Rewrite.axis(Rewrite.integer(operator, "axis", -1), rank) == rank - 1;
    if (!operator.type().equals("LayerNormalization") || !lastAxis) {
      steps.keep(node);
      return;
    }
    String y = node.outputs().getFirst();
    String unit =
        Normalization.unit(
            steps, y, node.inputs().getFirst(), Rewrite.number(operator, "epsilon", 1e-5f), -1);
    boolean biased = node.inputs().size() > 2;
    String scaled = steps.op("Mul", biased ? y + ".scaled" : y, unit, node.inputs().get(1));
    if (biased) {
      steps.op("Add", y, scaled, node.inputs().get(2));
    }
  }
}
