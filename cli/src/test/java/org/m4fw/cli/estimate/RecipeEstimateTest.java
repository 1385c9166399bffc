package org.m4fw.cli.estimate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.m4fw.cli.recipe.RecipeReader;
import org.m4fw.targets.Targets;
import tools.jackson.databind.JsonNode;

class RecipeEstimateTest {
  private static final Path EXAMPLES = Path.of(System.getProperty("m4fw.root")).resolve("examples");

  private static JsonNode estimate(String recipe, String target, int prompt, int answer) {
    Report report =
        RecipeEstimate.of(
            RecipeReader.read(EXAMPLES.resolve(recipe)),
            List.of(Targets.find(target)),
            new Lengths(prompt, answer));
    return report.json().path(target);
  }

  private static JsonNode path(JsonNode estimate, String name) {
    for (JsonNode path : estimate.path("paths")) {
      if (path.path("name").asString("").equals(name)) {
        return path;
      }
    }
    throw new AssertionError("no path " + name);
  }

  @Test
  void everyPathOfTheExampleHasATimeAndItsMemory() {
    JsonNode estimate = estimate("m4-tiny/recipe.json", "pixel7pro-cpu", 47, 16);
    assertEquals(8, estimate.path("paths").size());
    for (JsonNode path : estimate.path("paths")) {
      assertTrue(path.path("first").path("least_s").asDouble(0) > 0, path.toString());
      assertTrue(
          path.path("memory_bytes").asLong(0) < estimate.path("storage_bytes").asLong(0) * 2);
    }
  }

  @Test
  void answersTakeTimePerToken() {
    JsonNode one = path(estimate("m4-tiny/recipe.json", "pixel7pro-cpu", 47, 1), "continue");
    JsonNode many = path(estimate("m4-tiny/recipe.json", "pixel7pro-cpu", 47, 101), "continue");
    assertEquals(1, one.path("stages").size());
    assertEquals(100, many.path("stages").get(1).path("runs").asInt(0));
    assertEquals(
        one.path("first").path("least_s").asDouble(-1),
        many.path("first").path("least_s").asDouble(-2));
    assertTrue(
        many.path("all").path("least_s").asDouble(0) > one.path("all").path("least_s").asDouble(0));
  }

  @Test
  void recipeWithoutPathsIsEstimatedByItsDecoder() {
    JsonNode estimate = estimate("kjv/recipe.json", "jetson-orin-nx", 47, 16);
    assertTrue(path(estimate, "decoder").path("all").path("least_s").asDouble(0) > 0);
    assertTrue(path(estimate, "decoder").path("all").path("expected_s").isMissingNode());
  }

  @Test
  void targetWithoutFiguresHasNoTimesButSizes() {
    JsonNode estimate = estimate("kjv/recipe.json", "host", 47, 16);
    assertTrue(path(estimate, "decoder").path("all").path("least_s").isMissingNode());
    assertTrue(path(estimate, "decoder").path("memory_bytes").asLong(0) > 1_000_000);
  }
}
