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
  void resultIsReplacedThoughNothingInItIsQuantized() {
    Path out = scratch.resolve("out");
    assertEquals(0, quantize(MODEL, out, "--scheme", "f16").code());
    Tool.Outcome again = quantize(MODEL, out, "--scheme", "int8");
    assertEquals(0, again.code(), again.err());
    assertEquals(0, quantize(MODEL, out, "--scheme", "f16").code());
  }

  @Test
  void modelThatIsNotOursIsNotReplaced() throws IOException {
    Path copy = scratch.resolve("copy");
    Files.createDirectories(copy);
    for (String file : Tool.files(MODEL)) {
      Files.copy(MODEL.resolve(file), copy.resolve(file));
    }
    Tool.Outcome outcome = quantize(MODEL, copy, "--scheme", "int8");
    assertEquals(2, outcome.code());
    assertTrue(outcome.error().contains("did not write"), outcome.error());
  }

  @Test
  void methodThatEndsInRoundingIsReportedAsSuch() throws IOException {
    Path tensors = Tool.ROOT.resolve("tests/fixtures/goldens/clip-text-f32");
    Tool.Outcome outcome =
        quantize(
            tensors,
            scratch.resolve("out"),
            "--scheme",
            "int8",
            "--calibration",
            tensors.resolve("expected.safetensors").toString());
    assertEquals(0, outcome.code(), outcome.err());
    assertTrue(outcome.out().contains("method: rtn"), outcome.out());
    assertTrue(outcome.out().contains("none of its layers"), outcome.out());
  }

  @Test
  void roundingTakesCalibrationForATargetInWholeNumbers() throws IOException {
    Path tokens = scratch.resolve("tokens.json");
    Files.writeString(tokens, "{\"window\": 4, \"ids\": [1, 2, 3, 4]}");
    Tool.Outcome outcome =
        Tool.run(
            "compile",
            MODEL.toString(),
            "--target",
            "host-int8",
            "--method",
            "rtn",
            "--calibration",
            tokens.toString(),
            "--out",
            scratch.resolve("compiled").toString());
    assertEquals(0, outcome.code(), outcome.err());
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
