package org.m4fw.tests.quality;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.m4fw.adapter.OpenAdapter;
import org.m4fw.base.progress.Progress;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.graph.importer.ModelImporter;
import org.m4fw.graph.ir.EncodedWeight;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.InputFactors;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Weight;
import org.m4fw.graph.legalize.AdapterInputs;
import org.m4fw.graph.legalize.Legalizer;
import org.m4fw.graph.legalize.QuantizedGraph;
import org.m4fw.graph.legalize.TargetGraph;
import org.m4fw.graph.onnx.OnnxCompiler;
import org.m4fw.host.Decoder;
import org.m4fw.host.Evaluation;
import org.m4fw.host.TokenFile;
import org.m4fw.quantizer.WeightEncoder;
import org.m4fw.quantizer.WeightStore;
import org.m4fw.targets.Target;
import org.m4fw.targets.Targets;

/** Scaled inputs and divided columns cancel out, for the model and for whoever adapts it. */
final class InputFactorsTest {
  private static final Path KJV =
      Path.of(System.getProperty("m4fw.root", "..")).resolve("examples/kjv");
  private static final Target HOST = Targets.find("host");

  /** Factors from 1/4 to 4, the same for layers of one width. */
  private static Map<String, float[]> factors(Model model) {
    Map<String, float[]> factors = new TreeMap<>();
    for (Weight weight : model.weights().values()) {
      if (weight.role() == Weight.Role.LINEAR) {
        float[] each = new float[Math.toIntExact(weight.shape().dim(1))];
        for (int i = 0; i < each.length; i++) {
          each[i] = (float) Math.pow(4, Math.sin(i));
        }
        factors.put(weight.name(), each);
      }
    }
    return factors;
  }

  private static TargetGraph lowered(Model model, AdapterInputs adapters) {
    return Legalizer.legalize(model.part(Model.DECODER), HOST, adapters);
  }

  private static double nll(
      TargetGraph graph, WeightStore store, Optional<OpenAdapter> adapter, String tokens) {
    TreeMap<String, EncodedWeight> weights = new TreeMap<>();
    for (Weight weight : graph.graph().weights().values()) {
      var encoding = WeightStore.comesAs(weight);
      weights.put(
          weight.name(),
          store.encode(weight, encoding, QuantizedGraph.layout(HOST, weight, encoding)).weight());
    }
    try (Decoder decoder =
        Decoder.open(
            "model",
            OnnxCompiler.compile("model", new QuantizedGraph(graph, weights)),
            adapter.map(each -> each))) {
      TokenFile file = TokenFile.read(KJV.resolve("eval").resolve(tokens + ".json"));
      return Evaluation.of(decoder, Optional.empty(), file, Progress.silent()).nll();
    }
  }

  private static long products(Graph graph) {
    return graph.nodes().stream().filter(node -> node.name().endsWith(".scaled")).count();
  }

  @Test
  void predictionsStayTheSameWithAdaptersAndWithout() {
    try (Checkpoint checkpoint = Checkpoint.open(KJV.resolve("kjv-llama"));
        WeightStore store = WeightStore.temporary(WeightEncoder.create());
        TrainedModel trained = new TrainedModel();
        OpenAdapter adapter = trained.licenceAdapter()) {
      Model model = ModelImporter.importModel(checkpoint);
      Model scaled = InputFactors.apply(model, factors(model));
      // Weights that are stored in F16 are rounded once more when they are divided.
      assertEquals(
          nll(lowered(model, AdapterInputs.NONE), store, Optional.empty(), "kjv_val"),
          nll(lowered(scaled, AdapterInputs.NONE), store, Optional.empty(), "kjv_val"),
          1e-3);
      assertEquals(
          nll(lowered(model, AdapterInputs.OPTIONAL), store, Optional.of(adapter), "licence_val"),
          nll(lowered(scaled, AdapterInputs.OPTIONAL), store, Optional.of(adapter), "licence_val"),
          3e-3);
    }
  }

  /** Of four products in a layer, the two after norms cost nothing where nobody else reads them. */
  @Test
  void normsTakeTheFactorsWhereNoAdapterReadsWhatTheyGive() {
    try (Checkpoint checkpoint = Checkpoint.open(KJV.resolve("kjv-llama"))) {
      Model model = ModelImporter.importModel(checkpoint);
      Model scaled = InputFactors.apply(model, factors(model));
      long layers = model.part(Model.DECODER).decoder().orElseThrow().layers();
      assertEquals(2 * layers, products(lowered(scaled, AdapterInputs.NONE).graph()));
      assertEquals(4 * layers, products(lowered(scaled, AdapterInputs.OPTIONAL).graph()));
      assertTrue(products(lowered(model, AdapterInputs.OPTIONAL).graph()) == 0);
    }
  }
}
