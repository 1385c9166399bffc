package org.m4fw.graph.rewrite;

import java.util.List;
import org.m4fw.graph.fixed.FixedGraph;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator.Primitive;

/**
 * Leaves out of concatenations what has no elements, as the cache of a decoder has none before its
 * first token: many devices refuse tensors without elements.
 */
public record EmptyOperands() implements Rewrite {
  @Override
  public String id() {
    return "empty-operands";
  }

  @Override
  public FixedGraph apply(String file, FixedGraph graph) {
    return Rewrite.each(
        file, graph, (node, operator, steps) -> rewrite(node, operator, graph, steps));
  }

  private static void rewrite(Node node, Primitive operator, FixedGraph graph, Steps steps) {
    if (!operator.type().equals("Concat")) {
      steps.keep(node);
      return;
    }
    List<String> inputs =
        node.inputs().stream().filter(name -> graph.value(name).count() > 0).toList();
    if (inputs.size() == node.inputs().size() || inputs.isEmpty()) {
      steps.keep(node);
    } else if (inputs.size() == 1) {
      steps.op("Identity", node.outputs().getFirst(), inputs.getFirst());
    } else {
      steps.keep(new Node(node.name(), operator, inputs, node.outputs()));
    }
  }
}
