package org.m4fw.cli.command;

import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import org.m4fw.adapter.contract.Finding;
import org.m4fw.adapter.contract.InterfaceRecord;
import org.m4fw.adapter.contract.Verdict;
import org.m4fw.base.problem.Problem;
import org.m4fw.cli.adapter.Shelf;
import org.m4fw.cli.console.Amounts;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.console.Json;
import tools.jackson.databind.node.ObjectNode;

/** Shows what became of the packages of a directory, one by one, and then in sum. */
final class ShelfTable {
  private final Console console;
  private final boolean json;
  private final Map<Verdict.Outcome, Integer> counts = new EnumMap<>(Verdict.Outcome.class);
  private int unreadable;
  private int files;
  private long bytes;

  ShelfTable(Console console, boolean json) {
    this.console = console;
    this.json = json;
    for (Verdict.Outcome outcome : Verdict.Outcome.values()) {
      counts.put(outcome, 0);
    }
  }

  void add(Shelf.Entry entry) {
    files++;
    bytes += entry.bytes();
    entry
        .verdict()
        .ifPresentOrElse(v -> counts.merge(v.outcome(), 1, Integer::sum), () -> unreadable++);
    if (json) {
      ObjectNode line = Json.object().put("file", String.valueOf(entry.file().getFileName()));
      line.put("adapter", entry.name()).put("outcome", outcome(entry));
      line.put("code", code(entry));
      line.put("text", text(entry));
      console.line(line.toString());
    } else {
      console.line("%-11s  %s  %s".formatted(outcome(entry), title(entry), text(entry)));
    }
  }

  private static String title(Shelf.Entry entry) {
    String file = String.valueOf(entry.file().getFileName());
    return entry.name().isEmpty() ? file : "%s (%s)".formatted(entry.name(), file);
  }

  private static String outcome(Shelf.Entry entry) {
    return entry.verdict().map(verdict -> verdict.outcome().id()).orElse("unreadable");
  }

  /** That of the first finding, or of what is wrong with the file. */
  private static String code(Shelf.Entry entry) {
    return entry
        .verdict()
        .map(verdict -> verdict.findings().getFirst().reason().code())
        .orElseGet(() -> entry.problem().map(problem -> problem.code().name()).orElse(""));
  }

  private static String text(Shelf.Entry entry) {
    return entry
        .verdict()
        .map(
            verdict -> {
              Finding first = verdict.findings().getFirst();
              String item = first.item().isEmpty() ? "" : first.item() + ": ";
              return "%s: %s%s".formatted(first.reason().code(), item, first.text());
            })
        .orElseGet(() -> entry.problem().map(Problem::text).orElse(""));
  }

  /** Fails if anything was rejected. */
  void finish(Path directory, InterfaceRecord offered) {
    int rejected = counts.getOrDefault(Verdict.Outcome.REJECT, 0) + unreadable;
    console.note(
        "%d packages, %s, on %s %s: %d accepted, %d provisional, %d carried, %d rejected, %d unreadable"
            .formatted(
                files,
                Amounts.bytes(bytes),
                offered.id(),
                offered.version(),
                counts.getOrDefault(Verdict.Outcome.ACCEPT, 0),
                counts.getOrDefault(Verdict.Outcome.PROVISIONAL, 0),
                counts.getOrDefault(Verdict.Outcome.CARRY, 0),
                counts.getOrDefault(Verdict.Outcome.REJECT, 0),
                unreadable));
    if (rejected > 0) {
      throw CheckError.PACKAGES_REFUSED.at(directory, "", rejected, files);
    }
  }
}
