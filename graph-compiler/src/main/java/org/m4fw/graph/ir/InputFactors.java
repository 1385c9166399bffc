package org.m4fw.graph.ir;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.checkpoint.Shape;

/**
 * Lets linear layers multiply their inputs and divide the columns of their weights by the same
 * factors, which changes nothing until the weights are rounded.
 */
public final class InputFactors {
  private InputFactors() {}

  /**
   * The model with such layers.
   *
   * @param factors by the weight's name, one for each input
   */
  public static Model apply(Model model, Map<String, float[]> factors) {
    SequencedMap<String, Graph> parts = new LinkedHashMap<>();
    model.parts().forEach((name, graph) -> parts.put(name, apply(graph, factors)));
    return new Model(model.architecture(), parts, model.leftOut());
  }

  private static Graph apply(Graph graph, Map<String, float[]> factors) {
    SortedMap<String, Weight> weights = new TreeMap<>(graph.weights());
    weights.replaceAll(
        (name, weight) -> {
          float[] own = factors.get(name);
          return own == null
              ? weight
              : weight.withInputFactors(
                  Literal.real(ElementType.FLOAT32, Shape.of(own.length), own));
        });
    return new Graph(
        graph.architecture(),
        graph.inputs(),
        graph.outputs(),
        graph.nodes(),
        weights,
        graph.literals(),
        graph.decoder(),
        graph.specialTokens(),
        graph.attachmentPoints(),
        graph.replaceable());
  }
}
