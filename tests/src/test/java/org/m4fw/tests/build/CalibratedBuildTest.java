package org.m4fw.tests.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;

/** Recipes that say how weights are rounded, or how large they may be. */
final class CalibratedBuildTest {
  private static final String SCHEME = "\"scheme\": \"int4\"";

  @TempDir Path directory;

  private Tool.Outcome build(String fields) throws IOException {
    Path recipe = Recipes.write(directory, "llama-mha-f16");
    Recipes.edit(recipe, SCHEME, SCHEME + ", " + fields);
    return run(recipe);
  }

  private Tool.Outcome run(Path recipe) {
    return Tool.run(
        "build",
        recipe.toString(),
        "--out",
        directory.resolve("out").toString(),
        "--cache",
        directory.resolve("cache").toString());
  }

  private void writeTokens(int factor) throws IOException {
    Files.writeString(
        directory.resolve("tokens.json"),
        IntStream.range(0, 64)
            .mapToObj(i -> Integer.toString(i * factor % 300))
            .collect(Collectors.joining(", ", "{\"window\": 32, \"ids\": [", "]}")));
  }

  private List<Fields> targets() {
    return StrictJson.readObject(directory.resolve("out/report.json"))
        .objects("components")
        .getFirst()
        .objects("targets");
  }

  private byte[] image() throws IOException {
    return Files.readAllBytes(directory.resolve("out/tiny-1.2.3.m4img"));
  }

  @Test
  void calibrationIsUsedReportedLockedAndFollowed() throws IOException {
    writeTokens(31);
    String fields = "\"method\": \"gptq\", \"calibration\": \"tokens.json\"";
    Tool.Outcome first = build(fields);
    assertEquals(0, first.code(), first.err());
    targets().forEach(target -> assertEquals("gptq", target.string("method")));
    assertTrue(
        Files.readString(directory.resolve("recipe.lock.json"))
            .contains("calibration of backbone"));
    byte[] before = image();
    writeTokens(37);
    Tool.Outcome second = run(directory.resolve("recipe.json"));
    assertEquals(0, second.code(), second.err());
    assertNotEquals(Arrays.hashCode(before), Arrays.hashCode(image()));
  }

  /** What calibration finds of the inputs of layers, one file for each search. */
  private int searches() throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve("cache/weights/inputs"))) {
      return (int) files.count();
    }
  }

  @Test
  void factorsAreSearchedOnceForTargetsWithTheSameEncodings() throws IOException {
    writeTokens(31);
    Path recipe = Recipes.write(directory, "llama-mha-f16");
    Recipes.edit(
        recipe,
        SCHEME,
        "\"scheme\": \"int8\", \"method\": \"awq\", \"calibration\": \"tokens.json\"");
    Tool.Outcome outcome = run(recipe);
    assertEquals(0, outcome.code(), outcome.err());
    assertEquals(2, targets().size());
    for (Fields target : targets()) {
      assertEquals("awq", target.string("method"));
      assertTrue(target.string("method_why").contains("layers are scaled"));
    }
    assertEquals(1, searches());
  }

  @Test
  void smoothingIsSearchedOnceAndChangesTheImage() throws IOException {
    writeTokens(31);
    String fields = "\"method\": \"rtn\", \"calibration\": \"tokens.json\"";
    assertEquals(0, build(fields).code());
    byte[] before = image();
    int searchesBefore = searches();
    Recipes.edit(directory.resolve("recipe.json"), fields, fields + ", \"smooth\": 0.5");
    Tool.Outcome outcome = run(directory.resolve("recipe.json"));
    assertEquals(0, outcome.code(), outcome.err());
    assertNotEquals(Arrays.hashCode(before), Arrays.hashCode(image()));
    // One for the smoothing, one for how large smooth inputs are, neither for each target.
    assertEquals(searchesBefore + 2, searches());
  }

  @Test
  void smoothingWithoutCalibrationIsRefused() throws IOException {
    Tool.Outcome outcome = build("\"smooth\": 0.5");
    assertEquals(2, outcome.code());
    assertTrue(outcome.error().contains("backbone.smooth"), outcome.error());
    assertTrue(outcome.error().contains("needs calibration data"), outcome.error());
  }

  @Test
  void smoothingBeyondItsRangeIsRefused() throws IOException {
    Tool.Outcome outcome = build("\"smooth\": 1.5");
    assertEquals(2, outcome.code());
    assertTrue(outcome.error().contains("expected a number from 0 to 1"), outcome.error());
  }

  @Test
  void unknownObserverIsRefused() throws IOException {
    Tool.Outcome outcome = build("\"observer\": \"median\"");
    assertEquals(2, outcome.code());
    assertTrue(outcome.error().contains("backbone.observer"), outcome.error());
  }

  @Test
  void budgetIsKeptForEveryTarget() throws IOException {
    Tool.Outcome outcome = build("\"bits\": 8");
    assertEquals(0, outcome.code(), outcome.err());
    for (Fields target : targets()) {
      assertEquals("rtn", target.string("method"));
      assertEquals("no calibration data", target.string("method_why"));
    }
  }

  @Test
  void budgetThatCannotBeKeptIsRefused() throws IOException {
    Tool.Outcome outcome = build("\"budget\": \"10kB\"");
    assertEquals(1, outcome.code());
    assertTrue(outcome.error().contains("the smallest that this model can be"), outcome.error());
  }

  @Test
  void gptqWithoutCalibrationIsRefused() throws IOException {
    Tool.Outcome outcome = build("\"method\": \"gptq\"");
    assertTrue(outcome.error().contains("needs calibration data"), outcome.error());
  }

  @Test
  void twoBudgetsAreRefused() throws IOException {
    Tool.Outcome outcome = build("\"bits\": 5, \"budget\": \"1MB\"");
    assertTrue(outcome.error().contains("beside the other budget"), outcome.error());
  }
}
