package org.m4fw.cli.command;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalDouble;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.inspect.AdapterDescription;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code adapter inspect}. */
@CommandLine.Command(
    description =
        "Says what an adapter holds: attachment points, ranks, scaling, and for a package its id,"
            + " version and the interface that it is bound to, what it was carried over from, and how"
            + " well it works by the statement in it; with --root, whether that statement's signature"
            + " counts.",
    footer = {
      "",
      "Examples:",
      "  m4fw adapter inspect my-lora",
      "  m4fw adapter inspect licence.m4adapter --json"
    })
final class AdapterInspectCommand implements Command {
  @Parameters(paramLabel = "ADAPTER", description = "A package, or a directory.")
  Path adapter = Path.of("");

  @Option(
      names = "--adapter-alpha",
      paramLabel = "N",
      description = "The LoRA alpha, where the adapter's format does not hold it.")
  Optional<Double> alpha = Optional.empty();

  @Mixin TrustOptions trust = new TrustOptions();

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Override
  public void run(Console console) {
    AdapterDescription.of(
            adapter, alpha.map(OptionalDouble::of).orElse(OptionalDouble.empty()), trust.verifier())
        .print(console, json);
  }
}
