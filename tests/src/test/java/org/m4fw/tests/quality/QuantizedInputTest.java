package org.m4fw.tests.quality;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.cli.Main;

/**
 * A LLaMA that llama.cpp's tools quantized, against what transformers computes with the same
 * numbers after gguf's own dequantization.
 */
final class QuantizedInputTest {
  private static final Path GGUF =
      Path.of(System.getProperty("m4fw.root", "..")).resolve("tests/fixtures/quantized/gguf");

  @TempDir Path directory;

  @Test
  void ggufComputesWhatTheOriginalComputes() {
    Path expected = GGUF.resolve("llama.expected.safetensors");
    String out = directory.resolve("out.safetensors").toString();
    String model = GGUF.resolve("llama.gguf").toString();
    run("run", model, "--tensors", expected.toString(), "--out", out);
    run("compare", expected.toString(), out, "--rtol", "1e-4");
  }

  /** Four-bit blocks stay as they are; only what was read as numbers is quantized here. */
  @Test
  void quantizingSaysWhatIsAddedAndWhatIsNot() {
    String model = GGUF.resolve("llama.gguf").toString();
    String out = directory.resolve("q").toString();
    String said = run("quantize", model, "--scheme", "int4", "--method", "rtn", "--out", out);
    assertTrue(said.contains("Q8_0) and are read as f32"), said);
    Path tensors = GGUF.resolve("llama.expected.safetensors");
    String again = directory.resolve("out.safetensors").toString();
    run("run", out, "--tensors", tensors.toString(), "--out", again);
    run("compare", tensors.toString(), again, "--sqnr", "15");
  }

  private static String run(String... words) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code = Main.run(List.of(words), out, err);
    String said = err.toString(StandardCharsets.UTF_8) + out.toString(StandardCharsets.UTF_8);
    assertEquals(0, code, said);
    return said;
  }
}
