package org.m4fw.cli.command;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import org.m4fw.adapter.Adapters;
import org.m4fw.adapter.OpenAdapter;
import org.m4fw.adapter.contract.InterfaceRecord;
import org.m4fw.adapter.contract.Verdict;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.console.Json;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** {@code adapter check}. */
@CommandLine.Command(
    description = {
      "Says whether an adapter fits a base, and everything that speaks against it or is worth"
          + " knowing. Exit code 1 if it cannot be used."
    },
    footer = {
      "",
      "Examples:",
      "  m4fw adapter check my-lora pixel7pro.m4img",
      "  m4fw adapter check licence.m4adapter backbone.m4if.json --json"
    })
final class AdapterCheckCommand implements Command {
  @Parameters(index = "0", paramLabel = "ADAPTER", description = "A package, or a directory.")
  Path adapter = Path.of("");

  @Parameters(
      index = "1",
      paramLabel = "BASE",
      description = "An image, an interface file (.m4if.json), or a checkpoint.")
  Path base = Path.of("");

  @Option(
      names = "--adapter-alpha",
      paramLabel = "N",
      description = "The LoRA alpha, where the adapter's format does not hold it.")
  Optional<Double> alpha = Optional.empty();

  @Mixin BaseOptions options = new BaseOptions();

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Override
  public void run(Console console) {
    InterfaceRecord offered = options.choose(base);
    OptionalDouble given = alpha.map(OptionalDouble::of).orElse(OptionalDouble.empty());
    try (OpenAdapter open = Adapters.open(adapter, given)) {
      Verdict verdict = open.check(offered);
      String outcome = verdict.outcome().name().toLowerCase(Locale.ROOT).replace('_', '-');
      ObjectNode report = Json.object().put("adapter", open.name());
      report.put("interface", offered.id()).put("version", offered.version().toString());
      report.put("outcome", outcome);
      var findings = report.putArray("findings");
      for (Verdict.Finding finding : verdict.findings()) {
        findings
            .addObject()
            .put("code", finding.reason().code())
            .put("item", finding.item())
            .put("text", finding.text());
      }
      Json.put(report, "warnings", open.warnings());
      if (json) {
        console.json(report);
      } else {
        console.line(
            "%s on %s %s: %s".formatted(open.name(), offered.id(), offered.version(), outcome));
        verdict.findings().forEach(f -> console.line("  " + text(f)));
        open.warnings().forEach(warning -> console.line("  note: " + warning));
      }
      verdict
          .refusal()
          .ifPresent(
              finding -> {
                throw CheckError.ADAPTER_REFUSED.at(
                    adapter,
                    finding.item(),
                    offered.id(),
                    offered.version(),
                    finding.reason().code(),
                    finding.text());
              });
    }
  }

  private static String text(Verdict.Finding finding) {
    String item = finding.item().isEmpty() ? "" : finding.item() + ": ";
    return "%s: %s%s".formatted(finding.reason().code(), item, finding.text());
  }
}
