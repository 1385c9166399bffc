package org.m4fw.graph.rewrite;

import java.util.Map;
import org.m4fw.graph.fixed.FixedGraph;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator.Primitive;

/** x / √v as x · (1/√v), which devices have as one operator. */
public record DivisionsByRoots() implements Rewrite {
  @Override
  public String id() {
    return "divisions-by-roots";
  }

  @Override
  public FixedGraph apply(String file, FixedGraph graph) {
    Map<String, Node> makers = Rewrite.makers(graph);
    return Rewrite.each(
        file,
        graph,
        (node, operator, steps) -> {
          Node maker = operator.type().equals("Div") ? makers.get(node.inputs().get(1)) : null;
          if (maker != null
              && maker.operator() instanceof Primitive divisor
              && divisor.type().equals("Sqrt")) {
            String y = node.outputs().getFirst();
            String reciprocal = steps.op("Reciprocal", y + ".reciprocal", node.inputs().get(1));
            steps.op("Mul", y, node.inputs().get(0), reciprocal);
          } else {
            steps.keep(node);
          }
        });
  }
}
