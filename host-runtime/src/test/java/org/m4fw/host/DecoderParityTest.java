package org.m4fw.host;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.SafetensorsReader;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.importer.ModelImporter;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.legalize.AdapterInputs;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.targets.Target;
import org.m4fw.targets.Targets;

/** Logits against those that PyTorch and transformers computed for the same files. */
final class DecoderParityTest {
  @ParameterizedTest
  @CsvSource({
    "llama-mha-f16, host, 1e-4",
    "llama-gqa-bf16-sharded, host, 1e-4",
    "llama-old-config, host, 1e-4",
    "llama-mha-torchbin, host, 1e-4",
    "llama-mha-torchbin-legacy, host, 1e-4",
    "mistral-f32, host, 1e-4",
    "mistral-f32, pixel7pro-cpu, 1e-4",
    "llama-mha-f16, pixel7pro-cpu, 1e-4",
    "llama-gqa-bf16-sharded, pixel7pro-cpu, 1e-4",
    "llama-mha-f16, jetson-orin-nx, 5e-3",
    "llama-gqa-bf16-sharded, jetson-orin-nx, 5e-3",
  })
  void promptAndCachedStepMatchTheOriginal(String model, String target, double tolerance) {
    Path directory = Models.golden(model);
    for (AdapterInputs inputs :
        new AdapterInputs[] {
          AdapterInputs.NONE,
          target.equals("jetson-orin-nx") ? AdapterInputs.REQUIRED : AdapterInputs.OPTIONAL
        }) {
      check(directory, Targets.find(target), inputs, tolerance);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama-mha-f16", "llama-gqa-bf16-sharded", "mistral-f32"})
  void attentionInPlainOnnxMatchesTheOriginal(String model) {
    Target host = Targets.find("host");
    Target plain =
        new Target(
            host.id(),
            host.description(),
            host.runtime(),
            host.operators().stream()
                .filter(operator -> !operator.name().equals("GroupQueryAttention"))
                .toList(),
            host.encodings(),
            host.activations(),
            host.figures());
    check(Models.golden(model), plain, AdapterInputs.OPTIONAL, 1e-4);
  }

  private static void check(Path directory, Target target, AdapterInputs inputs, double tolerance) {
    try (Checkpoint checkpoint = Checkpoint.open(directory);
        MappedFile expected = MappedFile.open(directory.resolve("expected.safetensors"))) {
      CompiledModel compiled =
          Models.compile(ModelImporter.importModel(checkpoint).part(Model.DECODER), target, inputs);
      SortedMap<String, Tensor> tensors = SafetensorsReader.read(expected).tensors();
      try (TensorRun run =
          TensorRun.execute(
              "expected", Map.of(Model.DECODER, compiled), Optional.empty(), tensors)) {
        assertEquals(
            List.of("logits", "next_logits"),
            run.outputs().stream().map(output -> output.info().name()).toList());
        for (TensorRun.Output output : run.outputs()) {
          Tensor original = requireNonNull(tensors.get(output.info().name()));
          assertEquals(original.shape(), output.info().shape());
          double error = Deviation.relative(original.data(), output.data());
          assertTrue(error <= tolerance, () -> output.info().name() + " is off by " + error);
        }
      }
    }
  }
}
