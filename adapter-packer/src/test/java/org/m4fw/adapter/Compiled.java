package org.m4fw.adapter;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;
import org.m4fw.graph.ir.EncodedWeight;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Layout;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Weight;
import org.m4fw.graph.ir.WeightSlot;
import org.m4fw.graph.legalize.Legalizer;
import org.m4fw.graph.legalize.QuantizedGraph;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.graph.onnx.OnnxCompiler;
import org.m4fw.host.TensorRun;
import org.m4fw.targets.Targets;

/** Models as they are delivered, with their weights as they come. */
final class Compiled {
  static final Path GOLDENS =
      Path.of(System.getProperty("m4fw.root"), "tests", "fixtures", "goldens");

  private Compiled() {}

  static SequencedMap<String, CompiledModel> parts(Model model, String target) {
    SequencedMap<String, CompiledModel> parts = new LinkedHashMap<>();
    model.parts().forEach((name, graph) -> parts.put(name, graph(graph, target)));
    return parts;
  }

  static CompiledModel graph(Graph graph, String target) {
    SortedMap<String, EncodedWeight> weights = new TreeMap<>();
    for (Weight weight : graph.weights().values()) {
      Tensor stored = ((Weight.Source.Stored) weight.source()).tensor();
      weights.put(
          weight.name(),
          new EncodedWeight(
              weight,
              new Encoding.Plain(stored.dtype()),
              Layout.CANONICAL,
              stored.extent(),
              Optional.empty()));
    }
    return OnnxCompiler.compile(
        "model", new QuantizedGraph(Legalizer.legalize(graph, Targets.find(target)), weights));
  }

  /** The weights that adapters may bring their own of, of all parts. */
  static SortedMap<String, WeightSlot> slots(SequencedMap<String, CompiledModel> parts) {
    SortedMap<String, WeightSlot> slots = new TreeMap<>();
    parts.values().forEach(part -> slots.putAll(part.weightSlots()));
    return slots;
  }

  /** The largest difference, as a share of the largest number. */
  static double relativeError(Tensor expected, TensorRun.Output output) {
    assertEquals(expected.shape(), output.info().shape());
    float[] original = TensorFloats.all(expected);
    float[] actual = numbers(expected, output);
    double largest = 0;
    double error = 0;
    for (int i = 0; i < original.length; i++) {
      largest = Math.max(largest, Math.abs(original[i]));
      error = Math.max(error, Math.abs(original[i] - actual[i]));
    }
    return error / largest;
  }

  private static float[] numbers(Tensor like, TensorRun.Output output) {
    return TensorFloats.all(
        new Tensor(
            output.info().name(),
            output.info().dtype(),
            output.info().shape(),
            like.extent(),
            output.data()));
  }
}
