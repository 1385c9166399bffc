package org.m4fw.graph.rewrite;

import java.util.Map;
import org.m4fw.graph.fixed.FixedGraph;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator.Primitive;

/**
 * 1/√v as the power −½ of v: devices that compute in whole numbers have it as one operator, but
 * neither of the two that it is made of.
 */
public record RootReciprocals() implements Rewrite {
  @Override
  public String id() {
    return "root-reciprocals";
  }

  @Override
  public FixedGraph apply(String file, FixedGraph graph) {
    Map<String, Node> makers = Rewrite.makers(graph);
    return Rewrite.each(
        file,
        graph,
        (node, operator, steps) -> {
          Node maker =
              operator.type().equals("Reciprocal") ? makers.get(node.inputs().getFirst()) : null;
          if (maker != null
              && maker.operator() instanceof Primitive root
              && root.type().equals("Sqrt")) {
            steps.op("Pow", node.outputs().getFirst(), maker.inputs().getFirst(), steps.real(-0.5));
          } else {
            steps.keep(node);
          }
        });
  }
}
