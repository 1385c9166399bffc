package org.m4fw.graph.pass;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.m4fw.base.problem.NearNames;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;
import org.m4fw.graph.ir.AttachmentPoint;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Literal;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator;
import org.m4fw.graph.ir.Weight;

/**
 * Puts other tensors in the place of weights, as an adapter that was trained together with whole
 * layers asks for. A layer that shares its weight, such as a head that is tied to the embedding,
 * gets one of its own; the other keeps the old one.
 */
public final class ReplacedWeights {
  private static final String WEIGHT = ".weight";

  private SequencedMap<String, Graph> parts;

  private ReplacedWeights(Model model) {
    this.parts = new LinkedHashMap<>(model.parts());
  }

  /**
   * The model with these tensors.
   *
   * @param tensors by {@code <layer>.weight} or {@code <layer>.bias}
   * @throws org.m4fw.base.problem.ProblemException with a {@link PassError}
   */
  public static Model apply(Model model, SortedMap<String, Tensor> tensors) {
    ReplacedWeights pass = new ReplacedWeights(model);
    tensors.forEach(pass::replace);
    return new Model(model.architecture(), pass.parts);
  }

  private void replace(String name, Tensor tensor) {
    SequencedMap<String, Graph> rewritten = new LinkedHashMap<>();
    parts.forEach(
        (part, graph) ->
            rewritten.put(
                part,
                use(graph, name)
                    .map(use -> replaced(graph, use, name, tensor))
                    .orElseGet(() -> constant(graph, name, tensor))));
    if (parts.values().stream().noneMatch(graph -> isKnown(graph, name))) {
      TreeSet<String> known = new TreeSet<>();
      parts.values().forEach(graph -> known.addAll(graph.weights().keySet()));
      List<String> near = NearNames.of(name, known);
      throw PassError.NO_SUCH_WEIGHT.at(
          tensor.extent().file(),
          tensor.name(),
          near.isEmpty() ? "" : "; near are " + String.join(", ", near));
    }
    parts = rewritten;
  }

  /**
   * The weight to replace.
   *
   * @param layer the node that the name means; empty if the weight is known by its own name only
   */
  private record Use(Weight weight, Optional<Node> layer) {}

  private static boolean isKnown(Graph graph, String name) {
    return use(graph, name).isPresent()
        || (graph.replaceable().contains(name) && graph.literals().containsKey(name));
  }

  private static Optional<Use> use(Graph graph, String name) {
    for (Node node : graph.nodes()) {
      Optional<Weight> found =
          name.equals(node.name() + WEIGHT)
              ? weight(node.operator())
                  .flatMap(weight -> Optional.ofNullable(graph.weights().get(weight)))
              : Optional.empty();
      if (found.isPresent()) {
        return Optional.of(new Use(found.get(), Optional.of(node)));
      }
    }
    return Optional.ofNullable(graph.weights().get(name))
        .map(weight -> new Use(weight, Optional.empty()));
  }

  private static Optional<String> weight(Operator operator) {
    return switch (operator) {
      case Operator.Linear linear -> Optional.of(linear.weight());
      case Operator.Embedding embedding -> Optional.of(embedding.weight());
      case Operator.RmsNorm norm -> Optional.of(norm.weight());
      default -> Optional.empty();
    };
  }

  private static Graph replaced(Graph graph, Use use, String name, Tensor tensor) {
    Weight old = use.weight();
    check(old, tensor);
    long readers =
        graph.nodes().stream().filter(node -> WeightUse.of(node).contains(old.name())).count();
    SortedMap<String, Weight> weights = new TreeMap<>(graph.weights());
    List<Node> nodes = new ArrayList<>(graph.nodes());
    if (readers > 1 && use.layer().isPresent()) {
      Node layer = use.layer().get();
      String own = weights.containsKey(name) ? name + ".replaced" : name;
      boolean head =
          old.role() == Weight.Role.EMBEDDING && layer.operator() instanceof Operator.Linear;
      weights.put(own, weight(own, head ? Weight.Role.HEAD : old.role(), tensor));
      nodes.set(
          nodes.indexOf(layer),
          new Node(layer.name(), reading(layer.operator(), own), layer.inputs(), layer.outputs()));
    } else {
      weights.put(old.name(), weight(old.name(), old.role(), tensor));
    }
    return new Graph(
        graph.architecture(),
        graph.inputs(),
        graph.outputs(),
        nodes,
        weights,
        graph.literals(),
        graph.decoder(),
        graph.specialTokens(),
        graph.attachmentPoints(),
        graph.replaceable());
  }

  /** Stored numbers that were not trained are constants of the graph. */
  private static Graph constant(Graph graph, String name, Tensor tensor) {
    Literal old = graph.literals().get(name);
    if (old == null || !graph.replaceable().contains(name)) {
      return graph;
    }
    if (!tensor.shape().equals(old.shape())) {
      throw PassError.WRONG_SHAPE.at(
          tensor.extent().file(), tensor.name(), tensor.shape(), old.shape());
    }
    SortedMap<String, Literal> literals = new TreeMap<>(graph.literals());
    literals.put(name, Literal.real(old.type(), old.shape(), TensorFloats.all(tensor)));
    return new Graph(
        graph.architecture(),
        graph.inputs(),
        graph.outputs(),
        graph.nodes(),
        graph.weights(),
        literals,
        graph.decoder(),
        graph.specialTokens(),
        graph.attachmentPoints(),
        graph.replaceable());
  }

  private static Weight weight(String name, Weight.Role role, Tensor tensor) {
    return new Weight(name, role, tensor.shape(), new Weight.Source.Stored(tensor));
  }

  private static Operator reading(Operator operator, String weight) {
    return switch (operator) {
      case Operator.Linear(String old, Optional<String> bias, Optional<AttachmentPoint> point) ->
          new Operator.Linear(weight, bias, point);
      case Operator.Embedding embedding -> new Operator.Embedding(weight, embedding.attachment());
      case Operator.RmsNorm(String old, double epsilon) -> new Operator.RmsNorm(weight, epsilon);
      default -> throw new IllegalStateException("reads no weight: " + operator);
    };
  }

  private static void check(Weight old, Tensor tensor) {
    if (!tensor.shape().equals(old.shape())) {
      throw PassError.WRONG_SHAPE.at(
          tensor.extent().file(), tensor.name(), tensor.shape(), old.shape());
    }
    switch (tensor.dtype()) {
      case F32, F16, BF16 -> {}
      default ->
          throw PassError.WRONG_DTYPE.at(tensor.extent().file(), tensor.name(), tensor.dtype());
    }
  }
}
