package org.m4fw.cli.command;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.m4fw.cli.console.Amounts;
import org.m4fw.cli.console.TextTable;
import org.m4fw.cli.pipeline.BuildResult;
import tools.jackson.databind.JsonNode;

/**
 * What a build cost in bytes, quality and time: a row per component or adapter and target. The
 * signal-to-noise ratio of the weights is shown where no tokens were there to measure with.
 */
final class BuildTable {
  private final BuildResult result;
  private final boolean unmeasured;

  private BuildTable(BuildResult result) {
    this.result = result;
    this.unmeasured =
        result
            .report()
            .path("components")
            .valueStream()
            .flatMap(component -> component.path("targets").valueStream())
            .anyMatch(target -> !target.has("quality"));
  }

  static List<String> lines(BuildResult result) {
    return new BuildTable(result).lines();
  }

  private List<String> lines() {
    List<String> headings =
        row(
            List.of("component", "target", ">bytes before", ">after"),
            ">SQNR dB",
            List.of(">NLL before", ">after", ">change", ">KL", ">time"));
    TextTable table = new TextTable(headings.toArray(String[]::new));
    JsonNode report = result.report();
    report.path("components").forEach(component -> component(table, component));
    report.path("adapters").forEach(adapter -> adapter(table, adapter));
    List<String> lines = new ArrayList<>(table.lines());
    if (report.path("adapters").valueStream().anyMatch(a -> !a.path("gains").isEmpty())) {
      lines.add("");
      lines.add(
          "NLL of a component: as it came, and quantized; of an adapter, on its own tokens: the"
              + " quantized");
      lines.add("component without it, and with it.");
    }
    return lines;
  }

  private List<String> row(List<String> left, String sqnr, List<String> right) {
    List<String> cells = new ArrayList<>(left);
    if (unmeasured) {
      cells.add(sqnr);
    }
    cells.addAll(right);
    return cells;
  }

  private void add(TextTable table, List<String> left, String sqnr, List<String> right) {
    table.row(row(left, sqnr, right).toArray(String[]::new));
  }

  private void component(TextTable table, JsonNode component) {
    String name = component.path("name").asString("");
    JsonNode before = component.path("unquantized").path("nll");
    for (JsonNode target : component.path("targets")) {
      String id = target.path("target").asString("");
      JsonNode quality = target.path("quality");
      add(
          table,
          List.of(
              name,
              id,
              Amounts.bytes(target.path("bytes_before").asLong(0)),
              Amounts.bytes(target.path("bytes_after").asLong(0))),
          number(target.path("sqnr_db"), 1),
          List.of(
              number(before, 4),
              number(quality.path("nll"), 4),
              change(before, quality.path("nll")),
              number(quality.path("kl"), 5),
              Amounts.time(time(name, id))));
    }
  }

  private void adapter(TextTable table, JsonNode adapter) {
    String id = adapter.path("id").asString("");
    String size = Amounts.bytes(adapter.path("size").asLong(0));
    if (adapter.path("gains").isEmpty()) {
      add(table, List.of(id, "", "", size), "", List.of("", "", "", "", ""));
    }
    for (JsonNode gain : adapter.path("gains")) {
      JsonNode without = gain.path("nll_without");
      JsonNode with = gain.path("nll_with");
      add(
          table,
          List.of(id, gain.path("target").asString(""), "", size),
          "",
          List.of(number(without, 4), number(with, 4), change(without, with), "", ""));
    }
  }

  private Duration time(String component, String target) {
    return result.times().stream()
        .filter(time -> time.component().equals(component) && time.target().equals(target))
        .findFirst()
        .map(BuildResult.Time::time)
        .orElse(Duration.ZERO);
  }

  private static String number(JsonNode node, int places) {
    return node.isNumber() ? Amounts.decimal(node.doubleValue(), places) : "-";
  }

  private static String change(JsonNode before, JsonNode after) {
    if (!before.isNumber() || !after.isNumber()) {
      return "-";
    }
    double percent = 100 * (after.doubleValue() / before.doubleValue() - 1);
    return String.format(Locale.ROOT, "%+.2f %%", percent);
  }
}
