package org.m4fw.cli.command;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.m4fw.base.file.OutputFile;
import org.m4fw.cli.console.Console;
import org.m4fw.signing.trust.SignedRoot;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code root new}. */
@CommandLine.Command(
    description = {
      "Drafts the first trust root of a chain: who may sign what, and how many together.",
      "Those who have the role root then sign it, one after the other, with 'm4fw root sign'; later"
          + " roots are made with 'm4fw root change'. Only public keys are read."
    },
    footer = {
      "",
      "Examples:",
      "  m4fw root new --out roots/1.root.json --key root=alice --key root=bob --key root=carol \\",
      "      --threshold root=2 --key release=ci/trust-root.json --key security=bob-security",
      "  m4fw root sign roots/1.root.json --key alice"
    })
final class RootNewCommand implements Command {
  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      description = "Where to write the draft; in a chain's directory, name it 1.root.json.")
  Path out = Path.of("");

  @Mixin RootOptions options = new RootOptions();

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Override
  public void run(Console console) {
    if (Files.exists(out)) {
      throw CommandError.FILE_EXISTS.at(out, "");
    }
    SignedRoot draft = SignedRoot.draft(options.edit(List.of()).begin(out.toString()));
    OutputFile.write(out, draft.bytes());
    RootReport.print(console, json, out, draft, Optional.empty());
  }
}
