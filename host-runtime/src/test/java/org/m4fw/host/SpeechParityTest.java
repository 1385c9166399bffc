package org.m4fw.host;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
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

/** Speech models against what PyTorch and transformers computed for the same files. */
final class SpeechParityTest {
  /** Expected results, and the directory whose checkpoint they are of. */
  private static Path checkpointOf(String golden) {
    return Models.golden(golden.equals("fastspeech2-batch") ? "fastspeech2-f32" : golden);
  }

  @ParameterizedTest
  @CsvSource({
    "whisper-f16, host, encoder_hidden logits, 1e-4",
    "whisper-f16, pixel7pro-cpu, encoder_hidden logits, 1e-4",
    "whisper-f16, jetson-orin-nx, encoder_hidden logits, 5e-3",
    "vits-f32, host, waveform, 1e-3",
    "vits-batch-f32, host, waveform, 1e-3",
    "vits-durations-f32, host, waveform, 1e-3",
    "vits-f32, jetson-orin-nx, waveform, 5e-2",
    "vits-speakers-f32, host, waveform, 1e-3",
    "vits-f32, pixel7pro-cpu, waveform, 1e-3",
    "fastspeech2-f32, host, mel mel_lengths waveform, 1e-4",
    "fastspeech2-batch, host, mel mel_lengths waveform, 1e-4",
    "fastspeech2-f32, pixel7pro-cpu, mel mel_lengths waveform, 1e-4",
  })
  void outputsMatchTheOriginal(String model, String target, String outputs, double tolerance) {
    Path directory = Models.golden(model);
    try (Checkpoint checkpoint = Checkpoint.open(checkpointOf(model));
        MappedFile expected = MappedFile.open(directory.resolve("expected.safetensors"))) {
      SortedMap<String, Tensor> tensors = SafetensorsReader.read(expected).tensors();
      Map<String, Tensor> inputs = new TreeMap<>(tensors);
      List<String> names = List.of(outputs.split(" "));
      names.forEach(inputs::remove);
      try (TensorRun run =
          TensorRun.execute(
              "expected", Models.compileParts(checkpoint, target), Optional.empty(), inputs)) {
        assertEquals(names, run.outputs().stream().map(output -> output.info().name()).toList());
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
