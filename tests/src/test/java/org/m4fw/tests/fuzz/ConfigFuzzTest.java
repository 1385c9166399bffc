package org.m4fw.tests.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.graph.importer.ModelImporter;

/** A {@code config.json}, as the graph builders of all families read it. */
final class ConfigFuzzTest {
  private static final Workplace PLACE =
      new Workplace().with("llama-mha-f16/model.safetensors", "model.safetensors");

  @FuzzTest
  void config(byte[] content) {
    PLACE.write("config.json", content);
    Hostile.parse(
        () -> {
          try (Checkpoint checkpoint = Checkpoint.open(PLACE.directory())) {
            ModelImporter.importModel(checkpoint);
          }
        });
  }
}
