package org.m4fw.tests.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;

/** Graphs that compute in whole numbers, compiled, run and compared. */
final class StaticActivationsTest {
  private static final Path GOLDENS = Tool.ROOT.resolve("tests/fixtures/goldens");

  @TempDir Path scratch;

  private Tool.Outcome compile(String golden, String... more) {
    String[] args = {
      "compile",
      GOLDENS.resolve(golden).toString(),
      "--target",
      "host-int8",
      "--out",
      scratch.resolve("out").toString()
    };
    String[] all = java.util.Arrays.copyOf(args, args.length + more.length);
    System.arraycopy(more, 0, all, args.length, more.length);
    return Tool.run(all);
  }

  private Fields graph(String golden, String... more) {
    String[] all = java.util.Arrays.copyOf(more, more.length + 2);
    all[more.length] = "--calibration";
    all[more.length + 1] = GOLDENS.resolve(golden).resolve("expected.safetensors").toString();
    Tool.Outcome outcome = compile(golden, all);
    assertEquals(0, outcome.code(), outcome.err());
    return StrictJson.readObject(scratch.resolve("out/report.json"))
        .objects("targets")
        .getFirst()
        .objects("graphs")
        .getFirst();
  }

  /** Bounds some dB below what was measured with these untrained weights. */
  @ParameterizedTest
  @CsvSource({
    "clip-text-f32, minmax, 21",
    "clip-text-f32, percentile, 20",
    "clip-text-f32, mse, 21",
    "clip-text-f32, average, 20",
    "whisper-f16, mse, 25"
  })
  void resultsInWholeNumbersStayCloseToThoseInFloatingPoint(
      String golden, String observer, double dB) {
    Fields activations = graph(golden, "--observer", observer).object("activations");
    long operators = activations.objects("operators").size();
    long integer = activations.integer("integer_operators", 1, operators);
    assertTrue(4 * integer >= 3 * operators, integer + " of " + operators);
    for (Fields output : activations.objects("outputs")) {
      double found = output.number("sqnr_db");
      assertTrue(found >= dB, () -> output.string("name") + " has " + found + " dB");
    }
  }

  @Test
  void smoothInputsOfLayersAreOnesToo() {
    Fields activations = graph("clip-text-f32", "--smooth", "0.5").object("activations");
    for (Fields output : activations.objects("outputs")) {
      double found = output.number("sqnr_db");
      assertTrue(found >= 20, () -> output.string("name") + " has " + found + " dB");
    }
    Tool.Outcome outcome = compile("clip-text-f32", "--smooth", "1.5");
    assertEquals(2, outcome.code());
    assertTrue(outcome.error().contains("--smooth"), outcome.err());
  }

  @Test
  void everyChoiceHasAReasonAndWhatIsKeptInEightBitsIsAboveTheBound() {
    Fields activations = graph("clip-text-f32").object("activations");
    for (Fields value : activations.objects("values")) {
      assertFalse(value.string("reason").isEmpty());
      if (value.optionalInteger("bits", 8, 16).orElse(0) == 8 && value.has("sqnr_db")) {
        assertTrue(value.number("sqnr_db") >= 20, value.string("name"));
      }
    }
    for (Fields operator : activations.objects("operators")) {
      assertFalse(operator.string("reason").isEmpty());
      if (operator.bool("integer", false) && operator.has("sqnr_alone_db")) {
        assertTrue(operator.number("sqnr_alone_db") >= 25, operator.string("name"));
      }
    }
  }

  private static long values(Fields activations, int bits) {
    return activations.objects("values").stream()
        .filter(value -> value.optionalInteger("bits", 8, 16).orElse(0) == bits)
        .count();
  }

  /** What eight bits do not keep gets sixteen, or stays in floating point. */
  @Test
  void boundThatIsAskedForHoldsForEveryOperator() {
    Fields usual = graph("clip-text-f32").object("activations");
    Fields strict = graph("clip-text-f32", "--min-sqnr", "38").object("activations");
    assertTrue(values(strict, 16) > values(usual, 16), "no value got more bits");
    for (Fields operator : strict.objects("operators")) {
      if (operator.bool("integer", false) && operator.has("sqnr_alone_db")) {
        assertTrue(operator.number("sqnr_alone_db") >= 38, operator.string("name"));
      } else {
        assertFalse(operator.string("reason").isEmpty());
      }
    }
  }

  @Test
  void boundOutOfRangeOrWithoutDataIsRefused() {
    Tool.Outcome outcome = compile("clip-text-f32", "--min-sqnr", "30");
    assertEquals(2, outcome.code());
    assertTrue(outcome.error().contains("--min-sqnr: is for values that are measured"));
    Path inputs = GOLDENS.resolve("clip-text-f32/expected.safetensors");
    outcome = compile("clip-text-f32", "--min-sqnr", "-1", "--calibration", inputs.toString());
    assertEquals(2, outcome.code());
    assertTrue(outcome.error().contains("expected a number of dB"), outcome.error());
  }

  @Test
  void compiledGraphRunsAsItsReportSays() {
    graph("clip-text-f32");
    Path inputs = GOLDENS.resolve("clip-text-f32/expected.safetensors");
    Path found = scratch.resolve("found.safetensors");
    Tool.Outcome run =
        Tool.run(
            "run",
            scratch.resolve("out").toString(),
            "--tensors",
            inputs.toString(),
            "--out",
            found.toString());
    assertEquals(0, run.code(), run.err());
    Tool.Outcome compared =
        Tool.run("compare", inputs.toString(), found.toString(), "--sqnr", "21");
    assertEquals(0, compared.code(), compared.out() + compared.err());
  }

  @Test
  void targetInWholeNumbersWantsCalibrationData() {
    Tool.Outcome outcome = compile("clip-text-f32");
    assertEquals(2, outcome.code());
    assertTrue(outcome.error().contains("whole numbers"), outcome.err());
  }
}
