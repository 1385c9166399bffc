package org.m4fw.tests.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.OutputStream;
import java.util.List;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.cli.Main;
import org.m4fw.graph.importer.ModelImporter;

/** The {@code config.json} of a quantized checkpoint, which says how its weights are stored. */
final class QuantizedConfigFuzzTest {
  private static final Workplace PLACE = quantized();

  private static Workplace quantized() {
    Workplace plain =
        new Workplace()
            .with("llama-mha-f16/model.safetensors", "model.safetensors")
            .with("llama-mha-f16/config.json", "config.json");
    Workplace place = new Workplace();
    String out = place.directory().toString();
    List<String> quantize =
        List.of("quantize", plain.directory().toString(), "--scheme", "int4", "--out", out);
    OutputStream nowhere = OutputStream.nullOutputStream();
    if (Main.run(quantize, nowhere, nowhere) != 0) {
      throw new IllegalStateException("the sound model was not quantized");
    }
    place.leaveNothing();
    return place;
  }

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
