package org.m4fw.cli.estimate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.m4fw.base.progress.Progress;
import org.m4fw.targets.Targets;
import tools.jackson.databind.JsonNode;

/** The paper's tables, against what is known of the models and what physics allows. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PaperReportTest {
  private static final double PERCENT = 0.01;

  private Report report = new Report("", "", java.util.List.of(), java.util.List.of());
  private JsonNode json = report.json();

  @BeforeAll
  void make() {
    report = PaperReport.make(Progress.silent());
    json = report.json();
  }

  private JsonNode row(String table, String list, String name) {
    for (JsonNode row : json.path(table).path(list)) {
      if (row.path("name").asString("").equals(name) || row.path("id").asString("").equals(name)) {
        return row;
      }
    }
    throw new AssertionError("no row " + name);
  }

  private static void near(double expected, double actual, double share) {
    assertEquals(expected, actual, share * expected);
  }

  private static double number(JsonNode node) {
    return Double.parseDouble(node.asString(""));
  }

  @Test
  void encodersHaveTheParametersAndOperationsOfTable1() {
    for (String name : java.util.List.of("IMG_enc", "TXT_enc", "AUD-B_enc", "IMU_enc")) {
      JsonNode row = row("table_1", "modules", name);
      near(number(row.path("paper_parameters")) * 1e9, row.path("parameters").asDouble(0), PERCENT);
      near(number(row.path("paper_gmacs")) * 1e9, row.path("macs").asDouble(0), PERCENT);
    }
  }

  @Test
  void backboneHasTheOperationsOf47Tokens() {
    JsonNode row = row("table_1", "modules", "LLaMA");
    assertEquals(6_738_415_616L, row.path("parameters").asLong(0));
    near(number(row.path("paper_gmacs")) * 1e9, row.path("macs").asDouble(0), PERCENT);
  }

  @Test
  void everyRowThatDiffersIsExplained() {
    String notes = String.join("\n", report.sections().getFirst().notes());
    for (JsonNode row : json.path("table_1").path("modules")) {
      double paper = number(row.path("paper_parameters")) * 1e9;
      if (Math.abs(row.path("parameters").asDouble(0) / paper - 1) > PERCENT) {
        assertTrue(notes.contains(row.path("name").asString("") + ": "), row.toString());
      }
    }
    assertTrue(!notes.contains("nobody knows"), notes);
  }

  @Test
  void rowsThatCalibrateAreFoundAgain() {
    for (JsonNode row : json.path("table_5").path("stages")) {
      if (row.path("calibrates").asBoolean(false)) {
        near(number(row.path("paper_cpu_s")), row.path("cpu").path("expected_s").asDouble(0), 0.1);
      }
    }
  }

  @Test
  void predictedFirstTokenWithAnImageIsThatOfThePaper() {
    JsonNode row = row("table_5", "stages", "visual question answering, first token");
    near(number(row.path("paper_cpu_s")), row.path("cpu").path("expected_s").asDouble(0), PERCENT);
  }

  @Test
  void decodingFasterThanTheMemoryIsSaidToBeImpossible() {
    JsonNode row = row("table_5", "stages", "question answering, next token");
    double least = row.path("npu").path("least_s").asDouble(0);
    assertTrue(least > 5 * number(row.path("paper_npu_s")), row.toString());
    assertEquals("memory", row.path("npu").path("limit").asString(""));
    assertTrue(
        report.sections().get(1).notes().stream()
            .anyMatch(
                note ->
                    note.startsWith("question answering, next token on the NPU")
                        && note.contains("beyond a physical limit")));
  }

  @Test
  void nothingIsExpectedToBeFasterThanItsLimit() {
    for (JsonNode row : json.path("table_5").path("stages")) {
      JsonNode cpu = row.path("cpu");
      assertTrue(cpu.path("expected_s").asDouble(0) >= cpu.path("least_s").asDouble(1));
    }
  }

  @Test
  void fiftyAdaptersAddFewPercent() {
    JsonNode figure = json.path("figure_11");
    // 32 layers, query and value: 2·(4096·4 + 4·4096) numbers in two bytes.
    assertEquals(32L * 2 * 2 * 4 * 4096 * 2, figure.path("adapter_bytes").asLong(0));
    assertEquals(51, figure.path("tasks").size());
    double growth = figure.path("growth_percent").asDouble(100);
    assertTrue(growth > 1 && growth < 3, Double.toString(growth));
  }

  @Test
  void allFiftyTasksAreInTheMean() {
    int tasks = 0;
    for (JsonNode kind : json.path("figure_13").path("kinds")) {
      tasks += kind.path("tasks").asInt(0);
    }
    assertEquals(50, tasks);
    // 6.8 s in the paper, for prompts and answers whose lengths are not stated.
    near(6.8, json.path("figure_13").path("mean_expected_s").asDouble(0), 0.3);
  }

  @Test
  void operatorTypesAreCountedForEveryTarget() {
    JsonNode figure = json.path("figure_14");
    assertEquals(37, figure.path("types").asInt(0));
    assertEquals(Targets.all().size(), figure.path("targets").size());
    assertEquals(37, row("figure_14", "targets", "pixel7pro-cpu").path("has").asInt(0));
  }

  @Test
  void pageStandsByItselfAndIsTheSameEveryTime() {
    byte[] page = report.page();
    String text = new String(page, StandardCharsets.UTF_8);
    assertTrue(text.contains("<svg") && !text.contains("<script") && !text.contains("http"));
    assertArrayEquals(page, PaperReport.make(Progress.silent()).page());
  }
}
