package org.m4fw.quantizer.calibration;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Predicate;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator;
import org.m4fw.graph.ir.Weight;

/**
 * The linear layers that read the same value of a graph: a place where calibration stops to look at
 * it.
 *
 * @param value its name
 * @param weights of the layers, in the order of the graph
 */
record LinearStop(String value, List<Weight> weights) {
  LinearStop {
    weights = List.copyOf(weights);
  }

  /**
   * The stops of a graph, in its order. A weight that several nodes read, such as a tied head, is
   * at none: no single value says what matters to it.
   *
   * @param wanted which weights are to be looked at
   */
  static List<LinearStop> of(Graph graph, Predicate<Weight> wanted) {
    Map<String, Integer> uses = new HashMap<>();
    for (Node node : graph.nodes()) {
      node.inputs().forEach(input -> uses.merge(input, 1, Integer::sum));
      switch (node.operator()) {
        case Operator.Linear linear -> uses.merge(linear.weight(), 1, Integer::sum);
        case Operator.Embedding embedding -> uses.merge(embedding.weight(), 1, Integer::sum);
        default -> {}
      }
    }
    SequencedMap<String, List<Weight>> byValue = new LinkedHashMap<>();
    for (Node node : graph.nodes()) {
      if (node.operator() instanceof Operator.Linear linear) {
        Weight weight = graph.weights().get(linear.weight());
        if (weight != null && uses.getOrDefault(weight.name(), 0) == 1 && wanted.test(weight)) {
          byValue.computeIfAbsent(node.inputs().getFirst(), value -> new ArrayList<>()).add(weight);
        }
      }
    }
    return byValue.entrySet().stream()
        .map(entry -> new LinearStop(entry.getKey(), entry.getValue()))
        .toList();
  }
}
