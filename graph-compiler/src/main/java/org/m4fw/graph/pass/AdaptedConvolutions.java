package org.m4fw.graph.pass;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import org.m4fw.checkpoint.Shape;
import org.m4fw.graph.ir.AttachmentPoint;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator;
import org.m4fw.graph.ir.Operator.Attribute;
import org.m4fw.graph.ir.Weight;

/** Lets adapters add low-rank kernels to convolutions of one group. */
final class AdaptedConvolutions {
  private AdaptedConvolutions() {}

  /** Whether an operator is a convolution that adapters can add to. */
  static boolean takes(Operator operator) {
    return operator instanceof Operator.Primitive conv
        && conv.type().equals("Conv")
        && new Attribute.Int(1).equals(conv.attributes().get("group"));
  }

  /** The model whose convolutions all have an attachment point, called as they are. */
  static Model apply(Model model) {
    SequencedMap<String, Graph> parts = new LinkedHashMap<>();
    model.parts().forEach((name, graph) -> parts.put(name, apply(graph)));
    return new Model(model.architecture(), parts, model.leftOut());
  }

  private static Graph apply(Graph graph) {
    List<AttachmentPoint> points = new ArrayList<>(graph.attachmentPoints());
    List<Node> nodes = new ArrayList<>();
    for (Node node : graph.nodes()) {
      Optional<AttachmentPoint> point = point(graph, node);
      if (point.isPresent() && node.operator() instanceof Operator.Primitive plain) {
        points.add(point.get());
        nodes.add(
            new Node(
                node.name(),
                new Operator.Convolution(plain, point.get()),
                node.inputs(),
                node.outputs()));
      } else {
        nodes.add(node);
      }
    }
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

  private static Optional<AttachmentPoint> point(Graph graph, Node node) {
    if (!takes(node.operator())) {
      return Optional.empty();
    }
    return Optional.ofNullable(graph.weights().get(node.inputs().get(1)))
        .map(Weight::shape)
        .map(AdaptedConvolutions::covered)
        .map(
            covered ->
                new AttachmentPoint(node.name(), covered.in(), covered.out())
                    .withKernel(covered.kernel()));
  }

  private record Covered(long in, long out, List<Long> kernel) {}

  private static Covered covered(Shape weight) {
    return new Covered(
        weight.count() / weight.dim(0), weight.dim(0), weight.dims().subList(2, weight.rank()));
  }
}
