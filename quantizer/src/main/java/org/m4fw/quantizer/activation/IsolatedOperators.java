package org.m4fw.quantizer.activation;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.graph.ir.ActivationPlan;
import org.m4fw.graph.ir.AttachmentPoint;
import org.m4fw.graph.ir.EncodedWeight;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator;
import org.m4fw.graph.ir.Weight;
import org.m4fw.graph.legalize.QuantizedGraph;
import org.m4fw.graph.legalize.TargetGraph;

/**
 * A graph in floating point in which every operator that is planned in whole numbers stands a
 * second time, so computed from the same inputs: what each loses by itself is the difference of
 * both.
 */
final class IsolatedOperators {
  private static final String ALONE = ".alone";
  private static final String STORED = ".stored";

  private final TargetGraph target;
  private final SortedMap<String, EncodedWeight> encoded;
  private final ActivationPlan plan;
  private final SortedMap<String, EncodedWeight> weights;
  private final SortedMap<String, ActivationPlan.Choice> values;
  private final SortedMap<String, ActivationPlan.Placement> placements = new TreeMap<>();

  private IsolatedOperators(
      TargetGraph target,
      SortedMap<String, EncodedWeight> plain,
      SortedMap<String, EncodedWeight> encoded,
      ActivationPlan plan) {
    this.target = target;
    this.encoded = encoded;
    this.plan = plan;
    this.weights = new TreeMap<>(plain);
    this.values = new TreeMap<>(plan.values());
  }

  /** The name of what an operator gives in whole numbers. */
  static String alone(String output) {
    return output + ALONE;
  }

  /** The operator's result of which {@link #alone} is the name. */
  static String result(String alone) {
    return alone.substring(0, alone.length() - ALONE.length());
  }

  /**
   * The graph.
   *
   * @param plain the weights as they came
   * @param encoded the weights as they are to be stored
   */
  static QuantizedGraph of(
      TargetGraph target,
      SortedMap<String, EncodedWeight> plain,
      SortedMap<String, EncodedWeight> encoded,
      ActivationPlan plan) {
    return new IsolatedOperators(target, plain, encoded, plan).build();
  }

  private QuantizedGraph build() {
    Graph graph = target.graph();
    List<Node> nodes = new ArrayList<>();
    for (Node node : graph.nodes()) {
      nodes.add(node);
      ActivationPlan.Placement placement = plan.placements().get(node.outputs().getFirst());
      if (placement != null && placement.integer()) {
        nodes.add(second(node, placement));
      }
    }
    SortedMap<String, Weight> known = new TreeMap<>();
    weights.forEach((name, weight) -> known.put(name, weight.weight()));
    Graph doubled =
        new Graph(
            graph.architecture(),
            graph.inputs(),
            graph.outputs(),
            nodes,
            known,
            graph.literals(),
            graph.decoder(),
            graph.specialTokens(),
            graph.attachmentPoints());
    return new QuantizedGraph(
        new TargetGraph(doubled, target.target(), target.adapterInputs()),
        weights,
        new ActivationPlan(values, placements));
  }

  private Node second(Node node, ActivationPlan.Placement placement) {
    List<String> outputs =
        node.outputs().stream().map(name -> name.isEmpty() ? name : alone(name)).toList();
    for (String output : IntegerOperators.outputs(node)) {
      ActivationPlan.Choice choice = plan.values().get(output);
      if (choice != null) {
        values.put(alone(output), choice);
      }
    }
    placements.put(outputs.getFirst(), placement);
    return switch (node.operator()) {
      case Operator.Linear(String weight, Optional<String> bias, Optional<AttachmentPoint> point) ->
          new Node(
              outputs.getFirst(),
              new Operator.Linear(stored(weight), bias, point),
              node.inputs(),
              outputs);
      default ->
          new Node(
              outputs.getFirst(),
              node.operator(),
              node.inputs().stream().map(this::stored).toList(),
              outputs);
    };
  }

  /** The name of a weight as it is to be stored; all other names as they are. */
  private String stored(String name) {
    EncodedWeight weight = encoded.get(name);
    if (weight == null || weight.encoding() instanceof Encoding.Plain) {
      return name;
    }
    Weight renamed =
        new Weight(
            name + STORED,
            weight.weight().role(),
            weight.weight().shape(),
            weight.weight().source());
    weights.put(
        renamed.name(),
        new EncodedWeight(
            renamed,
            weight.encoding(),
            weight.layout(),
            weight.data(),
            weight.scales(),
            weight.zeroPoints()));
    return renamed.name();
  }
}
