package org.m4fw.cli.command;

import java.nio.file.Path;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.inspect.Inspection;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code inspect}. */
@CommandLine.Command(
    description =
        "Says what a file or directory is and holds: checkpoint, graph, adapter, image, key, recipe,"
            + " token file. Told by content, never by name.",
    footer = {
      "",
      "Examples:",
      "  m4fw inspect kjv-llama",
      "  m4fw inspect out/pixel7pro/pixel7pro-1.0.0.m4img --json"
    })
final class InspectCommand implements Command {
  @Parameters(paramLabel = "PATH", description = "What to look at.")
  Path path = Path.of("");

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Override
  public void run(Console console) {
    Inspection.of(path).print(console, json);
  }
}
