package org.m4fw.host;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.base.file.OutputFile;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.SafetensorsReader;
import org.m4fw.checkpoint.SafetensorsWriter;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;
import org.m4fw.checkpoint.TensorInfo;

/** Outputs against those that the original code computed for the same files. */
final class ComponentParityTest {
  @TempDir Path renamed;

  @ParameterizedTest
  @CsvSource({
    "clip-text-f32, last_hidden_state pooled, host, 1e-4",
    "sd-unet-f32, out_sample, host, 1e-4",
    "sd-vae-f32, latent_mean image, host, 1e-4",
    "clip-text-f32, last_hidden_state pooled, pixel7pro-cpu, 1e-4",
    "sd-unet-f32, out_sample, pixel7pro-cpu, 1e-4",
    "sd-vae-f32, latent_mean image, pixel7pro-cpu, 1e-4",
    "clip-text-f32, last_hidden_state pooled, jetson-orin-nx, 5e-3",
    "sd-unet-f32, out_sample, jetson-orin-nx, 5e-3",
    "sd-vae-f32, latent_mean image, jetson-orin-nx, 5e-3",
  })
  void everyOutputMatchesTheOriginal(
      String model, String outputs, String target, double tolerance) {
    requireParity(Models.golden(model), model, outputs, target, tolerance);
  }

  @Test
  void autoencoderOfTheFirstReleaseMatchesTheOriginal() throws IOException {
    rename(
        "sd-vae-f32",
        "diffusion_pytorch_model.safetensors",
        name ->
            name.replace(".to_q.", ".query.")
                .replace(".to_k.", ".key.")
                .replace(".to_v.", ".value.")
                .replace(".to_out.0.", ".proj_attn."));
    requireParity(renamed, "sd-vae-f32", "latent_mean image", "host", 1e-4);
  }

  @Test
  void textModelWithThePrefixOfTheHubMatchesTheOriginal() throws IOException {
    rename("clip-text-f32", "model.safetensors", name -> "text_model." + name);
    requireParity(renamed, "clip-text-f32", "last_hidden_state pooled", "host", 1e-4);
  }

  /** The largest number of the vocabulary ends the text, as in the golden's own. */
  @Test
  void endTokenOfOldConfigurationsMeansTheLargestToken() throws IOException {
    rename("clip-text-f32", "model.safetensors", name -> name);
    Path config = renamed.resolve("config.json");
    Files.writeString(
        config, Files.readString(config).replace("\"eos_token_id\": 259", "\"eos_token_id\": 2"));
    requireParity(renamed, "clip-text-f32", "last_hidden_state pooled", "host", 1e-4);
  }

  /** Writes a checkpoint again, its tensors under other names. */
  private void rename(String model, String file, UnaryOperator<String> newName) throws IOException {
    Path directory = Models.golden(model);
    Files.copy(directory.resolve("config.json"), renamed.resolve("config.json"));
    try (Checkpoint checkpoint = Checkpoint.open(directory);
        OutputFile output = OutputFile.create(renamed.resolve(file))) {
      SortedMap<String, Tensor> tensors = new TreeMap<>();
      checkpoint.tensors().forEach((name, tensor) -> tensors.put(newName.apply(name), tensor));
      SafetensorsWriter writer =
          SafetensorsWriter.begin(
              output,
              tensors.entrySet().stream()
                  .map(e -> new TensorInfo(e.getKey(), e.getValue().dtype(), e.getValue().shape()))
                  .toList());
      tensors.forEach((name, tensor) -> writer.append(name, tensor.data()));
      writer.finish();
      output.commit();
    }
  }

  private static void requireParity(
      Path checkpointDirectory, String model, String outputs, String target, double tolerance) {
    Path golden = Models.golden(model).resolve("expected.safetensors");
    try (Checkpoint checkpoint = Checkpoint.open(checkpointDirectory);
        MappedFile expected = MappedFile.open(golden)) {
      SortedMap<String, Tensor> tensors = SafetensorsReader.read(expected).tensors();
      try (TensorRun run =
          TensorRun.execute(
              "expected", Models.compileParts(checkpoint, target), Optional.empty(), tensors)) {
        List<TensorRun.Output> results = run.outputs();
        assertEquals(
            Arrays.asList(outputs.split(" ")), results.stream().map(r -> r.info().name()).toList());
        for (TensorRun.Output result : results) {
          Tensor original = requireNonNull(tensors.get(result.info().name()));
          assertEquals(original.shape(), result.info().shape());
          double error = relativeError(original, result);
          assertTrue(error <= tolerance, () -> result.info().name() + " is off by " + error);
        }
      }
    }
  }

  private static double relativeError(Tensor expected, TensorRun.Output actual) {
    float[] values = TensorFloats.all(expected);
    double largest = 0;
    double error = 0;
    for (int i = 0; i < values.length; i++) {
      float found = actual.data().getAtIndex(ValueLayout.JAVA_FLOAT, i);
      largest = Math.max(largest, Math.abs(values[i]));
      error = Math.max(error, Math.abs(values[i] - found));
      assertTrue(Float.isFinite(found));
    }
    return error / largest;
  }
}
