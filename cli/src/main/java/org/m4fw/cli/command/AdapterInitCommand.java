package org.m4fw.cli.command;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.m4fw.base.file.OutputFile;
import org.m4fw.cli.adapter.TaskCatalogue;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.console.Json;
import org.m4fw.cli.console.TextTable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ObjectNode;

/** {@code adapter init}. */
@CommandLine.Command(
    description = {
      "Writes the task section of an adapter package for one of the 50 tasks of the paper, to be"
          + " completed and given to 'adapter pack --task'. Without --task, lists the tasks."
    },
    footer = {
      "",
      "Examples:",
      "  m4fw adapter init",
      "  m4fw adapter init --task T39 --out task.json"
    })
final class AdapterInitCommand implements Command {
  @Option(names = "--task", paramLabel = "ID", description = "The task: T1 to T50.")
  Optional<String> id = Optional.empty();

  @Option(
      names = "--out",
      paramLabel = "F",
      description = "Where to write it, if not to standard output; never over a file.")
  Optional<Path> out = Optional.empty();

  @Option(names = "--json", description = "Print the list as JSON.")
  boolean json;

  @Override
  public void run(Console console) {
    TaskCatalogue catalogue = TaskCatalogue.load();
    if (id.isEmpty()) {
      list(console, catalogue);
      return;
    }
    TaskCatalogue.Task task =
        catalogue
            .find(id.get())
            .orElseThrow(() -> CommandError.OUT_OF_RANGE.at("", "--task", id.get(), "T1 to T50"));
    ObjectNode template = task.template();
    if (out.isEmpty()) {
      console.json(template);
      notice(console, task);
      return;
    }
    Path target = out.get();
    if (Files.exists(target)) {
      throw CommandError.FILE_EXISTS.at(target, "");
    }
    OutputFile.write(target, (template.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8));
    console.line("%s: %s".formatted(target, task.name()));
    notice(console, task);
  }

  /** What is not measured by 'eval' is said before anybody relies on it. */
  private static void notice(Console console, TaskCatalogue.Task task) {
    task.unmeasured()
        .ifPresent(
            reason ->
                console.note(
                    "'m4fw eval' does not measure %s: %s".formatted(task.metric(), reason)));
  }

  private void list(Console console, TaskCatalogue catalogue) {
    if (json) {
      ObjectNode report = Json.object();
      var tasks = report.putArray("tasks");
      catalogue
          .tasks()
          .forEach(task -> tasks.add(task.template().put("measured", task.unmeasured().isEmpty())));
      console.json(report);
      return;
    }
    TextTable table =
        new TextTable("task", "name", "domain", ">path", "metric", "measured", "data set");
    for (TaskCatalogue.Task task : catalogue.tasks()) {
      table.row(
          task.id(),
          task.name(),
          task.domain(),
          String.valueOf(task.path()),
          task.metric(),
          task.unmeasured().isEmpty() ? "yes" : "no",
          task.dataset());
    }
    table.lines().forEach(console::line);
  }
}
