package org.m4fw.adapter;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.SafetensorsReader;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.importer.ModelImporter;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.host.RuntimeAdapter;
import org.m4fw.host.TensorRun;

/** Logits with an adapter against those that its trainer computed for the same files. */
class AdapterParityTest {
  private static final Path GOLDENS = Compiled.GOLDENS;

  @ParameterizedTest
  @CsvSource({
    "peft-lora, host, 1e-4",
    "peft-lora, pixel7pro-cpu, 1e-4",
    "peft-lora, jetson-orin-nx, 5e-3",
    "peft-rslora-patterns, host, 1e-4",
    "peft-rslora-patterns, jetson-orin-nx, 5e-3",
    "peft-dora, host, 1e-4",
    "peft-dora, pixel7pro-cpu, 1e-4",
    "peft-dora, jetson-orin-nx, 5e-3",
    "peft-modules-to-save, host, 1e-4",
    "peft-modules-to-save, jetson-orin-nx, 5e-3",
    "peft-embedding, host, 1e-4",
    "peft-embedding, pixel7pro-cpu, 1e-4",
    "peft-embedding, jetson-orin-nx, 5e-3",
    "peft-prompt-tuning, host, 1e-4",
    "peft-prompt-tuning, jetson-orin-nx, 5e-3",
    "peft-prefix-tuning, host, 1e-4",
    "peft-prefix-tuning, jetson-orin-nx, 5e-3",
  })
  void logitsMatchThoseOfPeft(String adapter, String target, double tolerance) {
    assertLogitsMatch(GOLDENS.resolve(adapter), OptionalDouble.empty(), target, tolerance);
  }

  @ParameterizedTest
  @ValueSource(strings = {"peft-bias", "peft-branch-bias"})
  void trainedBiasesGiveWhatPeftGives(String name) {
    Path directory = GOLDENS.resolve(name);
    try (Checkpoint checkpoint = Checkpoint.open(GOLDENS.resolve("clip-text-f32"));
        MappedFile file = MappedFile.open(directory.resolve("expected.safetensors"));
        OpenAdapter adapter = Adapters.open(directory, OptionalDouble.empty())) {
      AdaptedModel adapted =
          AdaptedModel.of("clip", adapter, ModelImporter.importModel(checkpoint));
      SortedMap<String, Tensor> expected = new TreeMap<>(SafetensorsReader.read(file).tensors());
      try (TensorRun run =
          TensorRun.execute(
              "expected",
              Compiled.parts(adapted.model(), "host"),
              Optional.of(adapted.adapter()),
              expected)) {
        for (TensorRun.Output output : run.outputs()) {
          Tensor original = requireNonNull(expected.get(output.info().name()));
          double error = Compiled.relativeError(original, output);
          assertTrue(error <= 1e-4, () -> output.info().name() + " is off by " + error);
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "pandagpt-delta, 4, host, 1e-4",
    "pandagpt-delta, 4, jetson-orin-nx, 5e-3",
    "lit-llama-lora, 8, host, 1e-4",
    "lit-llama-lora, 8, jetson-orin-nx, 5e-3",
  })
  void logitsMatchThoseOfTheProject(String adapter, double alpha, String target, double tolerance) {
    assertLogitsMatch(GOLDENS.resolve(adapter), OptionalDouble.of(alpha), target, tolerance);
  }

  private static void assertLogitsMatch(
      Path directory, OptionalDouble alpha, String target, double tolerance) {
    try (Checkpoint checkpoint = Checkpoint.open(GOLDENS.resolve("llama-mha-f16"));
        MappedFile file = MappedFile.open(directory.resolve("expected.safetensors"));
        OpenAdapter adapter = Adapters.open(directory, alpha)) {
      AdaptedModel adapted =
          AdaptedModel.of("llama", adapter, ModelImporter.importModel(checkpoint));
      SequencedMap<String, CompiledModel> parts = new LinkedHashMap<>();
      adapted
          .model()
          .parts()
          .forEach((name, graph) -> parts.put(name, Compiled.graph(graph, target)));
      SortedMap<String, Tensor> expected = new TreeMap<>(SafetensorsReader.read(file).tensors());
      try (TensorRun run =
          TensorRun.execute("expected", parts, Optional.of(adapted.adapter()), expected)) {
        assertEquals(
            List.of("logits"), run.outputs().stream().map(out -> out.info().name()).toList());
        double error =
            Compiled.relativeError(
                requireNonNull(expected.get("logits")), run.outputs().getFirst());
        assertTrue(error <= tolerance, () -> "logits are off by " + error);
      }
    }
  }

  @Test
  void prefixServesGraphsThatAreCompiledAlready() {
    Path directory = GOLDENS.resolve("peft-prefix-tuning");
    assertServesCompiledGraph(directory, OptionalDouble.empty());
  }

  @Test
  void fusedLayersOfTheTrainerServeGraphsThatAreCompiledAlready() {
    assertServesCompiledGraph(GOLDENS.resolve("lit-llama-lora"), OptionalDouble.of(8));
  }

  private static void assertServesCompiledGraph(Path directory, OptionalDouble alpha) {
    try (Checkpoint checkpoint = Checkpoint.open(GOLDENS.resolve("llama-mha-f16"));
        MappedFile file = MappedFile.open(directory.resolve("expected.safetensors"));
        OpenAdapter adapter = Adapters.open(directory, alpha)) {
      CompiledModel compiled =
          Compiled.graph(ModelImporter.importModel(checkpoint).part(Model.DECODER), "host");
      SortedMap<String, Tensor> expected = new TreeMap<>(SafetensorsReader.read(file).tensors());
      RuntimeAdapter bound =
          adapter.over(compiled.facts().attachmentPoints(), compiled.facts().decoder());
      try (TensorRun run =
          TensorRun.execute(
              "expected", Map.of(Model.DECODER, compiled), Optional.of(bound), expected)) {
        Tensor original = requireNonNull(expected.get("logits"));
        assertTrue(Compiled.relativeError(original, run.outputs().getFirst()) <= 1e-4);
      }
    }
  }
}
