package org.m4fw.cli.adapter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.m4fw.host.metric.Metric;
import org.m4fw.host.metric.UnmeasuredMetric;

class TaskCatalogueTest {
  private static final TaskCatalogue CATALOGUE = TaskCatalogue.load();

  @Test
  void holdsTheFiftyTasksInOrder() {
    assertEquals(
        IntStream.rangeClosed(1, 50).mapToObj(i -> "T" + i).toList(),
        CATALOGUE.tasks().stream().map(TaskCatalogue.Task::id).toList());
    assertEquals(38, CATALOGUE.tasks().stream().map(TaskCatalogue.Task::name).distinct().count());
  }

  @Test
  void pathsAreSharedOutAsInThePaper() {
    Map<Integer, Long> counts =
        CATALOGUE.tasks().stream()
            .collect(
                Collectors.groupingBy(
                    TaskCatalogue.Task::path, TreeMap::new, Collectors.counting()));
    assertEquals(Map.of(1, 10L, 2, 13L, 3, 25L, 4, 2L), counts);
  }

  @Test
  void templateOfAClassificationAsksForLabels() {
    var template = CATALOGUE.find("T39").orElseThrow().template();
    assertEquals("a human is {label}.", template.get("prompt").asString());
    assertTrue(template.has("labels"));
    assertEquals(3, template.get("path").asInt());
    assertFalse(CATALOGUE.find("T4").orElseThrow().template().has("labels"));
  }

  @Test
  void whatCountsDownIsSaid() {
    List<String> down =
        CATALOGUE.tasks().stream()
            .filter(TaskCatalogue.Task::lowerIsBetter)
            .map(TaskCatalogue.Task::metric)
            .distinct()
            .sorted()
            .toList();
    assertEquals(List.of("fid", "mae", "mcd", "mse", "wer"), down);
  }

  /** Whatever a task of the paper is measured by is measured here, or it is said why not. */
  @Test
  void everyMetricIsMeasuredOrSaysWhyNot() {
    for (TaskCatalogue.Task task : CATALOGUE.tasks()) {
      assertEquals(
          Metric.of(task.metric()).isPresent(), task.unmeasured().isEmpty(), task.toString());
    }
    assertEquals(
        40, CATALOGUE.tasks().stream().filter(task -> task.unmeasured().isEmpty()).count());
    for (UnmeasuredMetric metric : UnmeasuredMetric.values()) {
      assertFalse(CATALOGUE.measuredBy(metric.id()).isEmpty(), metric.id());
    }
  }
}
