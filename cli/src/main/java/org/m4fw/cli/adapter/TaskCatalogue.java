package org.m4fw.cli.adapter;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;
import org.m4fw.cli.console.Json;
import org.m4fw.host.metric.UnmeasuredMetric;
import tools.jackson.databind.node.ObjectNode;

/**
 * The 50 tasks that the paper serves with one foundation model (Table 3), as templates for the task
 * section of an adapter package. Where the paper or its authors' code has a prompt, the template
 * has it: {@code {label}} and {@code {text}} are slots.
 */
public final class TaskCatalogue {
  private static final String RESOURCE = "tasks.json";

  private final List<Task> tasks;

  private TaskCatalogue(List<Task> tasks) {
    this.tasks = List.copyOf(tasks);
  }

  /**
   * One task.
   *
   * @param id {@code T1} to {@code T50}
   * @param path which of the four execution paths serves it
   * @param metric such as {@code accuracy}
   */
  public record Task(
      String id,
      String name,
      String domain,
      int path,
      List<String> input,
      List<String> output,
      String metric,
      boolean lowerIsBetter,
      String dataset,
      Optional<String> prompt) {

    /** Why its metric is not computed; empty if 'eval' does. */
    public Optional<String> unmeasured() {
      return UnmeasuredMetric.of(metric).map(UnmeasuredMetric::reason);
    }

    /** The task section, to be completed: labels where there is a slot for them. */
    public ObjectNode template() {
      ObjectNode node = Json.object().put("id", id).put("name", name).put("path", path);
      Json.put(node, "input", input);
      Json.put(node, "output", output);
      node.putObject("metric").put("name", metric).put("lower_is_better", lowerIsBetter);
      prompt.ifPresent(text -> node.put("prompt", text));
      if (prompt.filter(text -> text.contains("{label}")).isPresent()
          || output.contains("class label")) {
        node.putArray("labels");
      }
      return node;
    }
  }

  /** Reads the catalogue that comes with the tool. */
  public static TaskCatalogue load() {
    try (InputStream stream =
        Objects.requireNonNull(TaskCatalogue.class.getResourceAsStream(RESOURCE))) {
      Fields fields = Fields.of(RESOURCE, StrictJson.parse(RESOURCE, stream.readAllBytes()));
      return new TaskCatalogue(fields.objects("tasks").stream().map(TaskCatalogue::task).toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Task task(Fields fields) {
    return new Task(
        fields.string("id"),
        fields.string("name"),
        fields.string("domain"),
        (int) fields.integer("path", 1, 4),
        fields.strings("input"),
        fields.strings("output"),
        fields.string("metric"),
        fields.bool("lower_is_better", false),
        fields.string("dataset"),
        fields.optionalString("prompt"));
  }

  /** In the paper's order. */
  public List<Task> tasks() {
    return tasks;
  }

  /** The ids of the tasks that are measured by a metric. */
  public List<String> measuredBy(String metric) {
    return tasks.stream().filter(task -> task.metric().equals(metric)).map(Task::id).toList();
  }

  /** The task with that id. */
  public Optional<Task> find(String id) {
    return tasks.stream().filter(task -> task.id().equals(id)).findFirst();
  }
}
