package org.m4fw.cli.command;

import java.nio.file.Path;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.inspect.KeyDescription;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code keys show}. */
@CommandLine.Command(
    description =
        "Says what a key file, a trust root or an identity holds. Needs no passphrase and shows no"
            + " secrets.",
    footer = {
      "",
      "Examples:",
      "  m4fw keys show keys/release",
      "  m4fw keys show trust-root.json --json"
    })
final class KeysShowCommand implements Command {
  @Parameters(paramLabel = "PATH", description = "An identity, a trust root or a key file.")
  Path path = Path.of("");

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Override
  public void run(Console console) {
    KeyDescription.of(path).print(console, json);
  }
}
