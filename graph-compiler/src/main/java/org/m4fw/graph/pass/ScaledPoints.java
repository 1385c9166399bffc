package org.m4fw.graph.pass;

import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import org.m4fw.graph.ir.AttachmentPoint;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator;

/** Lets adapters scale the output of some attachment points, as DoRA does. */
public final class ScaledPoints {
  private ScaledPoints() {}

  /** The model whose attachment points of these names have a scale. */
  public static Model apply(Model model, Set<String> points) {
    SequencedMap<String, Graph> parts = new LinkedHashMap<>();
    model.parts().forEach((name, graph) -> parts.put(name, apply(graph, points)));
    return new Model(model.architecture(), parts);
  }

  private static Graph apply(Graph graph, Set<String> points) {
    return new Graph(
        graph.architecture(),
        graph.inputs(),
        graph.outputs(),
        graph.nodes().stream().map(node -> apply(node, points)).toList(),
        graph.weights(),
        graph.literals(),
        graph.decoder(),
        graph.specialTokens(),
        graph.attachmentPoints().stream().map(point -> apply(point, points)).toList(),
        graph.replaceable());
  }

  private static Node apply(Node node, Set<String> points) {
    if (node.operator()
        instanceof
        Operator.Linear(String weight, Optional<String> bias, Optional<AttachmentPoint> point)) {
      Operator scaled =
          new Operator.Linear(weight, bias, point.map(attached -> apply(attached, points)));
      return new Node(node.name(), scaled, node.inputs(), node.outputs());
    }
    return node;
  }

  private static AttachmentPoint apply(AttachmentPoint point, Set<String> points) {
    return points.contains(point.name()) ? point.withScale() : point;
  }
}
