package org.m4fw.graph.pass;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import org.m4fw.checkpoint.Shape;
import org.m4fw.graph.ir.AttachmentPoint;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator;
import org.m4fw.graph.ir.Weight;

/** Lets adapters add low-rank matrices to tables of embeddings. */
public final class AdaptedTables {
  private AdaptedTables() {}

  /** The paths of all tables that tokens are looked up in. */
  public static List<String> names(Model model) {
    return model.parts().values().stream()
        .flatMap(graph -> graph.nodes().stream())
        .filter(node -> node.operator() instanceof Operator.Embedding)
        .map(Node::name)
        .distinct()
        .toList();
  }

  /** The model whose tables of these names have an attachment point, called as they are. */
  public static Model apply(Model model, Set<String> names) {
    SequencedMap<String, Graph> parts = new LinkedHashMap<>();
    model.parts().forEach((name, graph) -> parts.put(name, apply(graph, names)));
    return new Model(model.architecture(), parts, model.leftOut());
  }

  private static Graph apply(Graph graph, Set<String> names) {
    List<AttachmentPoint> points = new ArrayList<>();
    List<Node> nodes = new ArrayList<>();
    for (Node node : graph.nodes()) {
      Weight table =
          node.operator() instanceof Operator.Embedding(String weight, var attachment)
              ? graph.weights().get(weight)
              : null;
      if (table != null && names.contains(node.name())) {
        Shape shape = table.shape();
        AttachmentPoint point = new AttachmentPoint(node.name(), shape.dim(0), shape.dim(1));
        points.add(point);
        nodes.add(
            new Node(
                node.name(),
                new Operator.Embedding(table.name(), Optional.of(point)),
                node.inputs(),
                node.outputs()));
      } else {
        nodes.add(node);
      }
    }
    points.addAll(graph.attachmentPoints());
    return new Graph(
        graph.architecture(),
        graph.inputs(),
        graph.outputs(),
        nodes,
        graph.weights(),
        graph.literals(),
        graph.decoder(),
        graph.specialTokens(),
        points,
        graph.replaceable());
  }
}
