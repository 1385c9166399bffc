package org.m4fw.adapter;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.SafetensorsReader;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;
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
import org.m4fw.host.TensorRun;
import org.m4fw.targets.Targets;

/** Logits with an adapter against those that PEFT computed for the same files. */
class AdapterParityTest {
  private static final Path GOLDENS =
      Path.of(System.getProperty("m4fw.root"), "tests", "fixtures", "goldens");

  @ParameterizedTest
  @CsvSource({
    "host, OPTIONAL, 1e-4",
    "pixel7pro-cpu, OPTIONAL, 1e-4",
    "jetson-orin-nx, REQUIRED, 5e-3",
  })
  void logitsMatchTheOriginal(String target, AdapterInputs inputs, double tolerance) {
    Path directory = GOLDENS.resolve("peft-lora");
    try (Checkpoint checkpoint = Checkpoint.open(GOLDENS.resolve("llama-mha-f16"));
        MappedFile file = MappedFile.open(directory.resolve("expected.safetensors"))) {
      Graph graph = ModelImporter.importModel(checkpoint).part(Model.DECODER);
      CompiledModel compiled = compile(graph, target, inputs);
      SortedMap<String, Tensor> expected = new TreeMap<>(SafetensorsReader.read(file).tensors());
      try (OpenAdapter adapter = Adapters.open(directory, graph.attachmentPoints());
          TensorRun run =
              TensorRun.execute(
                  "expected", Map.of(Model.DECODER, compiled), Optional.of(adapter), expected)) {
        List<String> compared = new ArrayList<>();
        for (TensorRun.Output output : run.outputs()) {
          String name = output.info().name();
          double error = relativeError(requireNonNull(expected.get(name)), output);
          assertTrue(error <= tolerance, () -> name + " is off by " + error);
          compared.add(name);
        }
        assertTrue(compared.contains("logits"));
      }
    }
  }

  private static CompiledModel compile(Graph graph, String target, AdapterInputs inputs) {
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
        "model",
        new QuantizedGraph(Legalizer.legalize(graph, Targets.find(target), inputs), weights));
  }

  private static double relativeError(Tensor expected, TensorRun.Output output) {
    assertEquals(expected.shape(), output.info().shape());
    float[] original = TensorFloats.all(expected);
    Tensor found =
        new Tensor(
            output.info().name(),
            output.info().dtype(),
            output.info().shape(),
            expected.extent(),
            output.data());
    float[] actual = TensorFloats.all(found);
    double largest = 0;
    double error = 0;
    for (int i = 0; i < original.length; i++) {
      largest = Math.max(largest, Math.abs(original[i]));
      error = Math.max(error, Math.abs(original[i] - actual[i]));
    }
    return error / largest;
  }
}
