package org.m4fw.graph.rewrite;

import org.m4fw.graph.fixed.FixedGraph;
import org.m4fw.graph.ir.Node;

/**
 * GELU as x·σ(x·(a + b·x²)) with a = 2√(2/π) and b = 0.044715·a, which is its form by tanh
 * (Hendrycks and Gimpel, "Gaussian Error Linear Units"). That differs from the one by erf by at
 * most 4.8e-4, less than a step of eight bits over any range that reaches to 0.13 or beyond.
 */
public record SigmoidGelus() implements Rewrite {
  private static final double LINEAR = 2 * Math.sqrt(2 / Math.PI);
  private static final double CUBIC = 0.044715 * LINEAR;

  @Override
  public String id() {
    return "sigmoid-gelu";
  }

  @Override
  public FixedGraph apply(String file, FixedGraph graph) {
    return Rewrite.each(
        file,
        graph,
        (node, operator, steps) -> {
          if (operator.type().equals("Gelu")) {
            rewrite(node, steps);
          } else {
            steps.keep(node);
          }
        });
  }

  private static void rewrite(Node node, Steps steps) {
    String x = node.inputs().getFirst();
    String y = node.outputs().getFirst();
    String square = steps.op("Mul", y + ".square", x, x);
    String bent = steps.op("Mul", y + ".bent", square, steps.real(CUBIC));
    String slope = steps.op("Add", y + ".slope", bent, steps.real(LINEAR));
    String angle = steps.op("Mul", y + ".angle", x, slope);
    steps.op("Mul", y, x, steps.op("Sigmoid", y + ".share", angle));
  }
}
