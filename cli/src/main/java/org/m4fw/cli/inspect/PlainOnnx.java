package org.m4fw.cli.inspect;

import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.m4fw.graph.ir.EncodedWeight;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Layout;
import org.m4fw.graph.ir.Weight;
import org.m4fw.graph.legalize.AdapterInputs;
import org.m4fw.graph.legalize.Legalizer;
import org.m4fw.graph.legalize.QuantizedGraph;
import org.m4fw.graph.legalize.TargetGraph;
import org.m4fw.graph.onnx.OnnxCompiler;
import org.m4fw.targets.Operator;
import org.m4fw.targets.Target;
import org.m4fw.targets.Targets;

/**
 * Graphs in the standard's own operators, without those that ONNX Runtime adds: what any device has
 * to know to run them. Weights stay as they are.
 */
public final class PlainOnnx {
  /** In the standard's domain, but of ONNX Runtime's making. */
  private static final Set<String> NOT_STANDARD = Set.of("SimplifiedLayerNormalization");

  private PlainOnnx() {}

  /** The operator types of a graph; empty for one whose weights are quantized. */
  public static SortedSet<String> operators(Graph graph) {
    Target target = target();
    SortedMap<String, EncodedWeight> weights = new TreeMap<>();
    for (Weight weight : graph.weights().values()) {
      if (!(weight.source() instanceof Weight.Source.Stored stored)) {
        return new TreeSet<>();
      }
      weights.put(
          weight.name(),
          new EncodedWeight(
              weight,
              new Encoding.Plain(stored.tensor().dtype()),
              Layout.CANONICAL,
              stored.tensor().extent(),
              java.util.Optional.empty()));
    }
    TargetGraph lowered = Legalizer.legalize(graph, target, AdapterInputs.NONE);
    return new TreeSet<>(
        OnnxCompiler.compile("plain", new QuantizedGraph(lowered, weights))
            .operatorCounts()
            .keySet());
  }

  private static Target target() {
    Target host = Targets.find("host");
    return new Target(
        "plain ONNX",
        host.description(),
        host.runtime(),
        host.operators().stream()
            .filter(operator -> operator.domain().equals(Operator.ONNX))
            .filter(operator -> !NOT_STANDARD.contains(operator.name()))
            .toList(),
        host.encodings(),
        host.activations(),
        host.figures());
  }
}
