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
