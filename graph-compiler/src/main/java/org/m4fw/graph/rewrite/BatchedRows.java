package org.m4fw.graph.rewrite;

import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.m4fw.checkpoint.Shape;
import org.m4fw.graph.fixed.FixedGraph;
import org.m4fw.graph.fixed.FixedGraph.ValueType;
import org.m4fw.graph.ir.Literal;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator.Attribute;
import org.m4fw.graph.ir.Operator.Primitive;

/**
 * One row of each sample, GatherND of [B, S, W] by [B, 1], as rows of [B·S, W]: b·S is added to the
 * indices, which is the host's work where indices are.
 */
public record BatchedRows() implements Rewrite {
  @Override
  public String id() {
    return "batched-rows";
  }

  @Override
  public FixedGraph apply(String file, FixedGraph graph) {
    return Rewrite.each(
        file, graph, (node, operator, steps) -> rewrite(node, operator, graph, steps));
  }

  private static void rewrite(Node node, Primitive operator, FixedGraph graph, Steps steps) {
    if (!operator.type().equals("GatherND") || !applies(node, operator, graph)) {
      steps.keep(node);
      return;
    }
    String y = node.outputs().getFirst();
    List<Long> dims = graph.value(node.inputs().getFirst()).dims();
    long batch = dims.get(0);
    String rows =
        steps.reshape(
            y + ".rows", node.inputs().getFirst(), List.of(batch * dims.get(1), dims.get(2)));
    String starts =
        steps.literal(
            y + ".starts",
            new Literal(
                graph.value(node.inputs().get(1)).type(),
                Shape.of(batch),
                Literal.int64(LongStream.range(0, batch).map(b -> b * dims.get(1)).toArray())
                    .bytes()));
    String within = steps.reshape(y + ".within", node.inputs().get(1), List.of(batch));
    String indices = steps.op("Add", y + ".indices", within, starts);
    steps.op("Gather", Map.of("axis", new Attribute.Int(0)), y, rows, indices);
  }

  private static boolean applies(Node node, Primitive operator, FixedGraph graph) {
    ValueType data = graph.value(node.inputs().get(0));
    ValueType indices = graph.value(node.inputs().get(1));
    return Rewrite.integer(operator, "batch_dims", 0) == 1
        && data.rank() == 3
        && indices.rank() == 2
        && indices.dims().get(1) == 1;
  }
}
