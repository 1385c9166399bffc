package org.m4fw.host;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.SafetensorsReader;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;

/** Outputs against those that the original code computed for the same files. */
final class ComponentParityTest {

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
    Path directory = Models.golden(model);
    try (Checkpoint checkpoint = Checkpoint.open(directory);
        MappedFile expected = MappedFile.open(directory.resolve("expected.safetensors"))) {
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
      float found = actual.data().getAtIndex(java.lang.foreign.ValueLayout.JAVA_FLOAT, i);
      largest = Math.max(largest, Math.abs(values[i]));
      error = Math.max(error, Math.abs(values[i] - found));
      assertTrue(Float.isFinite(found));
    }
    return error / largest;
  }
}
