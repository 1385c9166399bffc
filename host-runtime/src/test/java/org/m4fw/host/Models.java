package org.m4fw.host;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.graph.importer.ModelImporter;
import org.m4fw.graph.ir.EncodedWeight;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Layout;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Weight;
import org.m4fw.graph.legalize.AdapterInputs;
import org.m4fw.graph.legalize.Legalizer;
import org.m4fw.graph.legalize.QuantizedGraph;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.graph.onnx.OnnxCompiler;
import org.m4fw.targets.Target;
import org.m4fw.targets.Targets;

/** Compiles checkpoints with their weights as they are. */
final class Models {
  static final Path ROOT = Path.of(System.getProperty("m4fw.root", "..")).toAbsolutePath();

  private Models() {}

  static Path golden(String name) {
    return ROOT.resolve("tests/fixtures/goldens").resolve(name);
  }

  static CompiledModel compile(Checkpoint checkpoint, String target, AdapterInputs adapterInputs) {
    return compile(
        ModelImporter.importModel(checkpoint).part(Model.DECODER), target, adapterInputs);
  }

  /** All parts of a component, in the order in which they run. */
  static SequencedMap<String, CompiledModel> compileParts(Checkpoint checkpoint, String target) {
    SequencedMap<String, CompiledModel> parts = new LinkedHashMap<>();
    ModelImporter.importModel(checkpoint)
        .parts()
        .forEach((name, graph) -> parts.put(name, compile(graph, target, AdapterInputs.NONE)));
    return parts;
  }

  static CompiledModel compile(Graph graph, String target, AdapterInputs adapterInputs) {
    return compile(graph, Targets.find(target), adapterInputs);
  }

  static CompiledModel compile(Graph graph, Target target, AdapterInputs adapterInputs) {
    return OnnxCompiler.compile(
        "model",
        new QuantizedGraph(Legalizer.legalize(graph, target, adapterInputs), asTheyAre(graph)));
  }

  /** The weights of a graph in the types in which they come. */
  static SortedMap<String, EncodedWeight> asTheyAre(Graph graph) {
    SortedMap<String, EncodedWeight> weights = new TreeMap<>();
    for (Weight weight : graph.weights().values()) {
      Weight.Source.Stored stored = (Weight.Source.Stored) weight.source();
      weights.put(
          weight.name(),
          new EncodedWeight(
              weight,
              new Encoding.Plain(stored.tensor().dtype()),
              Layout.CANONICAL,
              stored.tensor().extent(),
              Optional.empty()));
    }
    return weights;
  }
}
