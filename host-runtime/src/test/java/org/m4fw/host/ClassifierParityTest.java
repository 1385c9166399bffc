package org.m4fw.host;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.SafetensorsReader;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.importer.ImportError;
import org.m4fw.graph.importer.ModelImporter;

/** A classification head against PyTorch, and which configurations are refused. */
final class ClassifierParityTest {
  private static final Path GOLDEN = Models.golden("classifier-f32");

  @TempDir Path directory;

  @Test
  void probabilitiesMatchTheOriginal() {
    try (Checkpoint checkpoint = Checkpoint.open(GOLDEN);
        MappedFile file = MappedFile.open(GOLDEN.resolve("expected.safetensors"))) {
      SortedMap<String, Tensor> tensors = SafetensorsReader.read(file).tensors();
      Tensor expected = requireNonNull(tensors.get("probabilities"));
      try (TensorRun run =
          TensorRun.execute(
              "expected", Models.compileParts(checkpoint, "host"), Optional.empty(), tensors)) {
        TensorRun.Output output = run.outputs().getFirst();
        assertEquals(expected.shape(), output.info().shape());
        assertTrue(Deviation.relative(expected.data(), output.data()) <= 1e-4);
      }
    }
  }

  @Test
  void otherActivationsAreRefused() throws IOException {
    refused(ImportError.UNSUPPORTED_OPTION, "hidden_act", "\"hidden_act\": \"gelu\"");
  }

  @Test
  void namesForOtherClassesAreRefused() throws IOException {
    refused(ImportError.INCONSISTENT, "id2label", "\"id2label\": {\"0\": \"walk\"}");
  }

  private void refused(ImportError code, String item, String field) throws IOException {
    Files.copy(GOLDEN.resolve("model.safetensors"), directory.resolve("model.safetensors"));
    Files.writeString(
        directory.resolve("config.json"),
        "{\"architectures\": [\"MlpClassifier\"], %s}".formatted(field));
    try (Checkpoint checkpoint = Checkpoint.open(directory)) {
      ProblemException e =
          assertThrows(ProblemException.class, () -> ModelImporter.importModel(checkpoint));
      assertEquals(code, e.problem().code());
      assertEquals(item, e.problem().item());
    }
  }
}
