package org.m4fw.graph.pass;

import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator;

/** Lets adapters attach at some points only. */
public final class AttachedPoints {
  private AttachedPoints() {}

  /** The model whose layers take adapters at the points of these names. */
  public static Model only(Model model, Set<String> points) {
    SequencedMap<String, Graph> parts = new LinkedHashMap<>();
    model.parts().forEach((name, graph) -> parts.put(name, only(graph, points)));
    return new Model(model.architecture(), parts, model.leftOut());
  }

  private static Graph only(Graph graph, Set<String> points) {
    return new Graph(
        graph.architecture(),
        graph.inputs(),
        graph.outputs(),
        graph.nodes().stream().map(node -> only(node, points)).toList(),
        graph.weights(),
        graph.literals(),
        graph.decoder(),
        graph.specialTokens(),
        graph.attachmentPoints().stream().filter(point -> points.contains(point.name())).toList(),
        graph.replaceable());
  }

  private static Node only(Node node, Set<String> points) {
    if (node.operator() instanceof Operator.Linear(String weight, Optional<String> bias, var point)
        && point.isPresent()
        && !points.contains(point.get().name())) {
      Operator plain = new Operator.Linear(weight, bias, Optional.empty());
      return new Node(node.name(), plain, node.inputs(), node.outputs());
    }
    return node;
  }
}
