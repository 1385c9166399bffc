package org.m4fw.tests.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;

/** Several ways of quantizing one model, measured. */
final class SweepTest {
  private static final Path GOLDENS = Tool.ROOT.resolve("tests/fixtures/goldens");

  @TempDir Path scratch;

  private List<Fields> sweep(String... args) {
    Tool.Outcome outcome = Tool.run(args);
    assertEquals(0, outcome.code(), outcome.err());
    return StrictJson.readObject(scratch.resolve("report.json")).objects("attempts");
  }

  /** Six bits are nearer to eight than to four, in size and in what is lost. */
  @Test
  void outputsOfAComponentAreComparedForEveryWay() throws IOException {
    Path model = GOLDENS.resolve("clip-text-f32");
    List<Fields> attempts =
        sweep(
            "quantize",
            model.toString(),
            "--sweep",
            "--tensors",
            model.resolve("expected.safetensors").toString(),
            "--report",
            scratch.toString());
    // Its layers are so narrow that they cannot be stored in 4.25 or 5 bits, which is left out.
    assertEquals(
        List.of("int4-g128", "int4-g64", "int4-g32", "int8", "6.0 bits"),
        attempts.stream().map(attempt -> attempt.string("way")).toList());
    assertTrue(output(attempts.get(3)) > output(attempts.get(4)));
    assertTrue(output(attempts.get(4)) > output(attempts.get(0)));
    assertTrue(bytes(attempts.get(3)) > bytes(attempts.get(4)));
    assertTrue(bytes(attempts.get(4)) > bytes(attempts.get(0)));
    String page = Files.readString(scratch.resolve("report.html"));
    assertTrue(page.contains("<polyline"));
    assertFalse(page.contains("http"));
  }

  @Test
  void calibrationAddsTwoMethods() throws IOException {
    Path tokens = scratch.resolve("tokens.json");
    Files.writeString(tokens, "{\"window\": 8, \"ids\": [1, 2, 3, 4, 5, 6, 7, 8]}");
    List<Fields> attempts =
        sweep(
            "quantize",
            GOLDENS.resolve("llama-mha-f16").toString(),
            "--sweep",
            "--calibration",
            tokens.toString(),
            "--eval",
            tokens.toString(),
            "--report",
            scratch.resolve("report.json").toString());
    List<String> methods = attempts.stream().map(attempt -> attempt.string("method")).toList();
    assertEquals(
        Stream.of("rtn", "awq", "gptq").flatMap(each -> Stream.of(each, each, each, each)).toList(),
        methods.subList(0, 12));
    for (Fields attempt : attempts) {
      assertTrue(attempt.object("predictions").number("kl") > 0);
    }
  }

  private static double output(Fields attempt) {
    return attempt.objects("outputs").stream()
        .mapToDouble(output -> output.number("sqnr_db"))
        .min()
        .orElseThrow();
  }

  private static long bytes(Fields attempt) {
    return attempt.integer("bytes_after", 1, Long.MAX_VALUE);
  }
}
