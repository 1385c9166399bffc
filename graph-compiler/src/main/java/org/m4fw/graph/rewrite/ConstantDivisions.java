package org.m4fw.graph.rewrite;

import org.m4fw.checkpoint.Shape;
import org.m4fw.graph.fixed.FixedGraph;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Literal;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator.Primitive;

/** Divisions by a constant as products: devices that compute in whole numbers do not divide. */
public record ConstantDivisions() implements Rewrite {
  @Override
  public String id() {
    return "constant-divisions";
  }

  @Override
  public FixedGraph apply(String file, FixedGraph graph) {
    return Rewrite.each(
        file, graph, (node, operator, steps) -> rewrite(node, operator, graph, steps));
  }

  private static void rewrite(Node node, Primitive operator, FixedGraph graph, Steps steps) {
    Literal divisor =
        operator.type().equals("Div") ? graph.graph().literals().get(node.inputs().get(1)) : null;
    if (divisor == null || divisor.type() != ElementType.FLOAT32) {
      steps.keep(node);
      return;
    }
    String y = node.outputs().getFirst();
    steps.op("Mul", y, node.inputs().getFirst(), reciprocal(y, divisor, steps));
  }

  private static String reciprocal(String y, Literal divisor, Steps steps) {
    float[] factors = divisor.floats();
    for (int i = 0; i < factors.length; i++) {
      factors[i] = 1 / factors[i];
    }
    Shape shape = divisor.shape();
    return steps.literal(y + ".factor", Literal.real(ElementType.FLOAT32, shape, factors));
  }
}
