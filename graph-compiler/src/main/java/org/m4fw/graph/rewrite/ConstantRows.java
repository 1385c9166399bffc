package org.m4fw.graph.rewrite;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.m4fw.graph.fixed.FixedGraph;
import org.m4fw.graph.fixed.FixedGraph.ValueType;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Literal;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator.Primitive;

/** What lies at one constant index along an axis, Gather, as a slice without that axis. */
public record ConstantRows() implements Rewrite {
  @Override
  public String id() {
    return "constant-rows";
  }

  @Override
  public FixedGraph apply(String file, FixedGraph graph) {
    return Rewrite.each(
        file, graph, (node, operator, steps) -> rewrite(node, operator, graph, steps));
  }

  private static void rewrite(Node node, Primitive operator, FixedGraph graph, Steps steps) {
    Literal index =
        operator.type().equals("Gather")
            ? graph.graph().literals().get(node.inputs().get(1))
            : null;
    if (index == null || index.type() != ElementType.INT64 || index.shape().rank() != 0) {
      steps.keep(node);
      return;
    }
    String y = node.outputs().getFirst();
    ValueType data = graph.value(node.inputs().getFirst());
    int axis = Rewrite.axis(Rewrite.integer(operator, "axis", 0), data.rank());
    long given = ByteBuffer.wrap(index.bytes()).order(ByteOrder.LITTLE_ENDIAN).getLong();
    long at = given < 0 ? given + data.dims().get(axis) : given;
    String slice =
        steps.op(
            "Slice",
            y + ".slice",
            node.inputs().getFirst(),
            steps.ints(at),
            steps.ints(at + 1),
            steps.ints(axis));
    steps.reshape(y, slice, graph.value(y).dims());
  }
}
