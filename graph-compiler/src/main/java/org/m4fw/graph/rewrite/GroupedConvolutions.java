package org.m4fw.graph.rewrite;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.m4fw.graph.fixed.FixedGraph;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator.Attribute;
import org.m4fw.graph.ir.Operator.Primitive;

/**
 * Convolutions in groups of several channels as one convolution for each group, side by side:
 * devices have groups of one channel at most. Kernel and bias of a group are slices of the
 * original's, computed when the graph is made.
 */
public record GroupedConvolutions() implements Rewrite {
  @Override
  public String id() {
    return "grouped-convolutions";
  }

  @Override
  public FixedGraph apply(String file, FixedGraph graph) {
    return Rewrite.each(
        file, graph, (node, operator, steps) -> rewrite(node, operator, graph, steps));
  }

  private static void rewrite(Node node, Primitive operator, FixedGraph graph, Steps steps) {
    long groups = Rewrite.integer(operator, "group", 1);
    if (!operator.type().equals("Conv")
        || groups == 1
        || graph.value(node.inputs().get(1)).dims().get(1) == 1) {
      steps.keep(node);
      return;
    }
    String y = node.outputs().getFirst();
    Map<String, Attribute> attributes = new HashMap<>(operator.attributes());
    attributes.put("group", new Attribute.Int(1));
    long in = graph.value(node.inputs().get(0)).dims().get(1) / groups;
    long out = graph.value(y).dims().get(1) / groups;
    List<String> results = new ArrayList<>();
    for (long group = 0; group < groups; group++) {
      String name = "%s.group.%s".formatted(y, group);
      List<String> inputs = new ArrayList<>();
      inputs.add(part(name + ".input", node.inputs().get(0), 1, group * in, in, steps));
      inputs.add(part(name + ".kernel", node.inputs().get(1), 0, group * out, out, steps));
      if (node.inputs().size() > 2) {
        inputs.add(part(name + ".bias", node.inputs().get(2), 0, group * out, out, steps));
      }
      results.add(steps.op("Conv", attributes, name, inputs.toArray(String[]::new)));
    }
    steps.op("Concat", Map.of("axis", new Attribute.Int(1)), y, results.toArray(String[]::new));
  }

  private static String part(
      String name, String value, long axis, long from, long size, Steps steps) {
    return steps.op(
        "Slice", name, value, steps.ints(from), steps.ints(from + size), steps.ints(axis));
  }
}
