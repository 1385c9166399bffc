package org.m4fw.tests.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;

/** What {@code quantize} says about a model that it also runs. */
final class QuantizeReportTest {
  private static final Path KJV = Tool.ROOT.resolve("examples/kjv");
  private static final Path GOLDENS = Tool.ROOT.resolve("tests/fixtures/goldens");

  @TempDir Path scratch;

  private Fields report(String... args) {
    Tool.Outcome outcome = Tool.run(args);
    assertEquals(0, outcome.code(), outcome.err());
    return StrictJson.readObject(scratch.resolve("report.json"));
  }

  @Test
  void directoryGetsThePageAndTheFigures() throws IOException {
    Fields report =
        report(
            "quantize",
            KJV.resolve("kjv-llama").toString(),
            "--out",
            scratch.resolve("out").toString(),
            "--eval",
            KJV.resolve("eval/kjv_val.json").toString(),
            "--report",
            scratch.toString());
    assertEquals("int4-g32", report.string("scheme"));
    Fields predictions = report.object("predictions");
    assertEquals(2.67899, predictions.number("nll_before"), 1e-3);
    assertTrue(predictions.number("kl") <= 0.0102);
    assertEquals(10, report.objects("worst").size());
    assertTrue(Files.readString(scratch.resolve("report.html")).contains("<svg"));
  }

  /** Bounds somewhat below what was measured with these untrained weights. */
  @ParameterizedTest
  @CsvSource({"clip-text-f32, int8, 36", "clip-text-f32, int4, 6", "whisper-f16, int8, 36"})
  void outputsAreComparedWithThoseOfTheComponentAsItCame(String golden, String scheme, double dB) {
    Fields report =
        report(
            "quantize",
            GOLDENS.resolve(golden).toString(),
            "--scheme",
            scheme,
            "--out",
            scratch.resolve("out").toString(),
            "--tensors",
            GOLDENS.resolve(golden).resolve("expected.safetensors").toString(),
            "--report",
            scratch.resolve("report.json").toString());
    assertTrue(!report.objects("outputs").isEmpty());
    for (Fields output : report.objects("outputs")) {
      double found = output.number("sqnr_db");
      assertTrue(found >= dB, () -> output.string("name") + " has " + found + " dB");
    }
  }
}
