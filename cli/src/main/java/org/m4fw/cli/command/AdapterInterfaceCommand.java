package org.m4fw.cli.command;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.m4fw.adapter.Adapters;
import org.m4fw.adapter.OpenAdapter;
import org.m4fw.adapter.contract.Evidence;
import org.m4fw.adapter.contract.InterfaceDifference;
import org.m4fw.adapter.contract.InterfaceJson;
import org.m4fw.adapter.contract.InterfacePoint;
import org.m4fw.adapter.contract.InterfacePrompt;
import org.m4fw.adapter.contract.InterfaceRecord;
import org.m4fw.adapter.contract.Verdict;
import org.m4fw.base.file.OutputFile;
import org.m4fw.base.json.StrictJson;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.console.Json;
import org.m4fw.cli.console.TextTable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** {@code adapter interface}. */
@CommandLine.Command(
    description = {
      "Says what a base offers to adapters: its attachment points, their widths and what they take."
          + " --out writes that as an interface file, all that an adapter's developer needs of a"
          + " base to pack for it.",
      "With --diff, says how the interface differs from an earlier one, whether that is a major, minor"
          + " or patch change, and which of the given adapters break. Exit code 1 if the version"
          + " does not say what changed."
    },
    footer = {
      "",
      "Examples:",
      "  m4fw adapter interface pixel7pro.m4img --out m4.m4if.json",
      "  m4fw adapter interface new.m4img --diff old.m4img --adapter licence.m4adapter"
    })
final class AdapterInterfaceCommand implements Command {
  @Parameters(
      paramLabel = "BASE",
      description = "An image, an interface file (.m4if.json), or a checkpoint.")
  Path base = Path.of("");

  @Option(names = "--out", paramLabel = "F", description = "Write the interface file.")
  Optional<Path> out = Optional.empty();

  @Option(names = "--diff", paramLabel = "OLD", description = "What to compare with.")
  Optional<Path> earlier = Optional.empty();

  @Option(
      names = "--adapter",
      paramLabel = "A",
      description = "With --diff: an adapter of the earlier interface; may be given several times.")
  List<Path> adapters = List.of();

  @Mixin BaseOptions options = new BaseOptions();

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Override
  public void run(Console console) {
    InterfaceRecord offered = options.choose(base);
    out.ifPresent(file -> OutputFile.write(file, InterfaceJson.bytes(offered)));
    if (earlier.isPresent()) {
      compare(console, earlier.get(), offered);
    } else if (json) {
      console.json(StrictJson.parse(base.toString(), InterfaceJson.bytes(offered)));
    } else if (out.isPresent()) {
      console.line(
          "%s: %s %s, %d points"
              .formatted(out.get(), offered.id(), offered.version(), offered.points().size()));
    } else {
      print(console, offered);
    }
  }

  private static void print(Console console, InterfaceRecord offered) {
    console.line("%s %s".formatted(offered.id(), offered.version()));
    console.line("  scaling    " + String.join(", ", offered.scalings()));
    console.line("  tokenizer  " + offered.tokenizer().map(Object::toString).orElse("none"));
    offered.preprocessing().ifPresent(digest -> console.line("  inputs     " + digest));
    console.line("  weights    " + offered.weights());
    console.line("");
    TextTable table = new TextTable("point", ">in", ">out", "takes", ">rank up to", "stored as");
    for (InterfacePoint point : offered.points()) {
      table.row(
          point.name(),
          String.valueOf(point.in()),
          String.valueOf(point.out()),
          String.join(", ", point.kinds())
              + (point.table() ? " of a table" : "")
              + (point.kernel().isEmpty() ? "" : " of a kernel " + point.kernel()),
          String.valueOf(point.maxRank()),
          String.join(", ", point.dtypes()));
    }
    table.lines().forEach(console::line);
    InterfaceRecord.Slots slots = offered.slots();
    slots.heads().forEach(head -> console.line("head %s %s".formatted(head.name(), head.shape())));
    slots
        .projections()
        .forEach(
            map ->
                console.line("projection %s: %s to %s".formatted(map.name(), map.in(), map.out())));
    for (InterfacePrompt prompt : slots.prompts()) {
      console.line(
          "prompt of %s: up to %s tokens%s"
              .formatted(
                  prompt.name(),
                  prompt.maxTokens(),
                  prompt.kind() == InterfacePrompt.Kind.TEXT
                      ? ""
                      : " of %s numbers".formatted(prompt.numbers())));
    }
  }

  private void compare(Console console, Path file, InterfaceRecord after) {
    InterfaceRecord before = options.choose(file);
    InterfaceDifference difference = InterfaceDifference.between(before, after);
    List<Fate> fates = adapters.stream().map(adapter -> fate(adapter, after)).toList();
    if (json) {
      console.json(report(before, after, difference, fates));
    } else {
      console.line(
          "%s %s -> %s %s: %s"
              .formatted(
                  before.id(), before.version(), after.id(), after.version(), words(difference)));
      for (InterfaceDifference.Change change : difference.changes()) {
        console.line(
            "  %-5s  %s: %s"
                .formatted(
                    change.kind().level().id(),
                    item(change.kind().code(), change.item()),
                    change.text()));
      }
      fates.forEach(fate -> console.line("  " + fate.text()));
    }
    if (!difference.versionSuffices()) {
      throw CheckError.VERSION_TOO_LOW.at(
          base, "", after.version(), difference.level().id(), difference.requiredVersion());
    }
  }

  private static String words(InterfaceDifference difference) {
    return difference.changes().isEmpty()
        ? "the same interface"
        : "a %s change, version %s or newer"
            .formatted(difference.level().id(), difference.requiredVersion());
  }

  private static String item(String code, String item) {
    return item.isEmpty() ? code : code + " " + item;
  }

  /** What becomes of an adapter. */
  private record Fate(String adapter, Verdict verdict) {
    String text() {
      return verdict
          .refusal()
          .map(
              finding ->
                  "%s breaks: %s: %s"
                      .formatted(
                          adapter, item(finding.reason().code(), finding.item()), finding.text()))
          .orElse(adapter + " still fits");
    }
  }

  private static Fate fate(Path adapter, InterfaceRecord after) {
    try (OpenAdapter open = Adapters.open(adapter, OptionalDouble.empty())) {
      return new Fate(open.name(), open.decide(after, Evidence.NONE));
    }
  }

  private static ObjectNode report(
      InterfaceRecord before,
      InterfaceRecord after,
      InterfaceDifference difference,
      List<Fate> fates) {
    ObjectNode report = Json.object().put("interface", after.id());
    report.put("before", before.version().toString()).put("after", after.version().toString());
    report.put("level", difference.level().id());
    report.put("required_version", difference.requiredVersion().toString());
    report.put("version_suffices", difference.versionSuffices());
    var changes = report.putArray("changes");
    for (InterfaceDifference.Change change : difference.changes()) {
      changes
          .addObject()
          .put("code", change.kind().code())
          .put("level", change.kind().level().id())
          .put("item", change.item())
          .put("text", change.text());
    }
    var adapters = report.putArray("adapters");
    for (Fate fate : fates) {
      ObjectNode node = adapters.addObject().put("adapter", fate.adapter());
      node.put("breaks", fate.verdict().refusal().isPresent());
      fate.verdict().refusal().ifPresent(finding -> node.put("code", finding.reason().code()));
    }
    return report;
  }
}
