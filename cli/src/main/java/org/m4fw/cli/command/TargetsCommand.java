package org.m4fw.cli.command;

import java.util.ArrayList;
import java.util.List;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.console.Json;
import org.m4fw.cli.console.TextTable;
import org.m4fw.targets.EncodingSupport;
import org.m4fw.targets.Figure;
import org.m4fw.targets.FigureName;
import org.m4fw.targets.Operator;
import org.m4fw.targets.Target;
import org.m4fw.targets.Targets;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** {@code targets}. */
@CommandLine.Command(
    description = {
      "Lists the known devices, or says what one of them supports, and from which source that is"
          + " known."
    },
    footer = {
      "",
      "Examples:",
      "  m4fw targets",
      "  m4fw targets pixel7pro-cpu",
      "  m4fw targets ./my-board.json --json"
    })
final class TargetsCommand implements Command {
  @Parameters(
      arity = "0..1",
      paramLabel = "TARGET",
      description = "A known target, or a target file.")
  String target = "";

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Override
  public void run(Console console) {
    if (target.isEmpty()) {
      list(console);
    } else {
      describe(console, Targets.find(target));
    }
  }

  private void list(Console console) {
    if (json) {
      ObjectNode report = Json.object();
      Targets.all().forEach(t -> report.withArray("targets").add(json(t)));
      console.json(report);
      return;
    }
    TextTable table = new TextTable("target", "encodings", "what");
    for (Target t : Targets.all()) {
      table.row(t.id(), encodings(t), t.description());
    }
    table.lines().forEach(console::line);
  }

  private void describe(Console console, Target t) {
    if (json) {
      console.json(json(t));
      return;
    }
    console.line(t.id() + ": " + t.description());
    console.line(
        "runtime: %s, %s, ONNX opset %s, arithmetic %s, cache %s"
            .formatted(
                t.runtime().name(),
                Words.of(t.runtime().format()),
                t.runtime().opset(),
                Words.of(t.runtime().arithmetic()),
                Words.of(t.runtime().keyValueCache())));
    console.line("  source: " + t.runtime().source());
    console.line("encodings:");
    TextTable encodings = new TextTable("", "", "");
    t.encodings().forEach(e -> encodings.row("  " + e.encoding(), Words.of(e.layout()), e.note()));
    encodings.lines().forEach(console::line);
    console.line("machine:");
    TextTable figures = new TextTable("", ">", "", "");
    for (FigureName name : FigureName.values()) {
      t.figure(name)
          .ifPresent(
              f ->
                  figures.row(
                      "  " + Words.of(name),
                      Long.toString(f.value()),
                      name.unit(),
                      "%s confidence; %s".formatted(Words.of(f.confidence()), f.source())));
    }
    figures.lines().forEach(console::line);
    console.line("operators: " + t.operators().size());
    TextTable operators = new TextTable("", "", "");
    for (Operator o : t.operators()) {
      String since = o.since() == 0 ? limits(o.limits()) : "since " + o.since();
      operators.row("  " + o.domain() + "." + o.name(), since, o.note());
    }
    operators.lines().forEach(console::line);
  }

  private static String limits(Operator.Limits limits) {
    List<String> words = new ArrayList<>();
    if (!limits.types().isEmpty()) {
      words.add(String.join(" ", limits.types()));
    }
    if (limits.maxVersion() > 0) {
      words.add("version <= " + limits.maxVersion());
    }
    if (limits.maxRank() > 0) {
      words.add("axes <= " + limits.maxRank());
    }
    if (!limits.constants().isEmpty()) {
      words.add("constant inputs " + limits.constants());
    }
    return String.join(", ", words);
  }

  private static String encodings(Target t) {
    return String.join(" ", t.encodings().stream().map(EncodingSupport::encoding).toList());
  }

  private static ObjectNode json(Target t) {
    ObjectNode node = Json.object();
    node.put("id", t.id()).put("description", t.description());
    node.putObject("runtime")
        .put("name", t.runtime().name())
        .put("format", Words.of(t.runtime().format()))
        .put("opset", t.runtime().opset())
        .put("ir_version", t.runtime().irVersion())
        .put("arithmetic", Words.of(t.runtime().arithmetic()))
        .put("key_value_cache", Words.of(t.runtime().keyValueCache()))
        .put("accuracy_level", t.runtime().accuracyLevel())
        .put("source", t.runtime().source());
    for (EncodingSupport e : t.encodings()) {
      node.withArray("encodings")
          .addObject()
          .put("encoding", e.encoding())
          .put("layout", e.layout())
          .put("note", e.note());
    }
    ObjectNode figures = node.putObject("figures");
    for (FigureName name : FigureName.values()) {
      t.figure(name).ifPresent(f -> put(figures.putObject(name.key()), name, f));
    }
    for (Operator o : t.operators()) {
      ObjectNode operator =
          node.withArray("operators")
              .addObject()
              .put("domain", o.domain())
              .put("name", o.name())
              .put("since", o.since())
              .put("note", o.note());
      put(operator, o.limits());
    }
    return node;
  }

  private static void put(ObjectNode node, FigureName name, Figure figure) {
    node.put("value", figure.value())
        .put("unit", name.unit())
        .put("source", figure.source())
        .put("confidence", Words.of(figure.confidence()));
  }

  private static void put(ObjectNode operator, Operator.Limits limits) {
    limits.types().forEach(type -> operator.withArray("types").add(type));
    if (limits.maxVersion() > 0) {
      operator.put("max_version", limits.maxVersion());
    }
    if (limits.maxRank() > 0) {
      operator.put("max_rank", limits.maxRank());
    }
    limits.constants().forEach(input -> operator.withArray("constants").add(input.intValue()));
  }
}
