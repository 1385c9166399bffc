package org.m4fw.tests.build;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Wishes that {@code quantize} refuses before it writes anything. */
final class QuantizeOptionsTest {
  private static final Path MODEL = Tool.ROOT.resolve("tests/fixtures/goldens/llama-mha-f16");

  @TempDir Path scratch;

  @Test
  void modelIsNotReplacedByWhatIsMadeOfIt() throws IOException {
    Path once = scratch.resolve("once");
    assertEquals(0, quantize(MODEL, once, "--scheme", "int8").code());
    byte[] before = Files.readAllBytes(once.resolve("model.safetensors"));
    Tool.Outcome outcome = quantize(once, scratch.resolve("./once"), "--scheme", "int8");
    assertEquals(2, outcome.code());
    assertTrue(outcome.error().contains("the model itself"), outcome.error());
    assertArrayEquals(before, Files.readAllBytes(once.resolve("model.safetensors")));
  }

  @Test
  void scalesThatNobodyLooksForAreRefused() throws IOException {
    Path tokens = scratch.resolve("tokens.json");
    Files.writeString(tokens, "{\"window\": 4, \"ids\": [1, 2, 3, 4]}");
    Path out = scratch.resolve("out");
    Tool.Outcome outcome =
        quantize(
            MODEL,
            out,
            "--scales",
            "absmax",
            "--method",
            "gptq",
            "--calibration",
            tokens.toString());
    assertEquals(2, outcome.code());
    assertTrue(outcome.error().contains("--scales"), outcome.error());
    assertFalse(Files.exists(out));
  }

  @Test
  void numbersThatAreNoWeightsComeAlong() {
    Path goldens = Tool.ROOT.resolve("tests/fixtures/goldens/imagebind-tiny-pth");
    Path out = scratch.resolve("out");
    Tool.Outcome outcome = quantize(goldens, out, "--scheme", "int8");
    assertEquals(0, outcome.code(), outcome.err());
    Tool.Outcome run =
        Tool.run(
            "run",
            out.toString(),
            "--tensors",
            goldens.resolve("expected.safetensors").toString(),
            "--out",
            scratch.resolve("answer.safetensors").toString());
    assertEquals(0, run.code(), run.err());
  }

  @Test
  void somewhereToWriteIsNeeded() {
    Tool.Outcome outcome = Tool.run("quantize", MODEL.toString());
    assertEquals(2, outcome.code());
    assertTrue(outcome.error().contains("--out"), outcome.error());
  }

  @Test
  void sweepChoosesForItself() {
    Tool.Outcome outcome = Tool.run("quantize", MODEL.toString(), "--sweep", "--scheme", "int8");
    assertEquals(2, outcome.code());
    assertTrue(outcome.error().contains("--scheme"), outcome.error());
  }

  private static Tool.Outcome quantize(Path model, Path out, String... more) {
    String[] args = new String[4 + more.length];
    args[0] = "quantize";
    args[1] = model.toString();
    args[2] = "--out";
    args[3] = out.toString();
    System.arraycopy(more, 0, args, 4, more.length);
    return Tool.run(args);
  }
}
