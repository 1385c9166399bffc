package org.m4fw.cli.command;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.m4fw.base.file.OutputFile;
import org.m4fw.cli.console.Console;
import org.m4fw.signing.trust.SignedRoot;
import org.m4fw.signing.trust.TrustRoot;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code root change}. */
@CommandLine.Command(
    description = {
      "Drafts the trust root that follows another: with keys added, removed or in other roles, or"
          + " with other thresholds.",
      "It counts once enough root keys of both roots have signed it with 'm4fw root sign'."
    },
    footer = {
      "",
      "Examples:",
      "  m4fw root change roots --out roots/2.root.json --key root=dave --remove carol",
      "  m4fw root change roots/1.root.json --out 2.root.json --threshold root:post-quantum=2"
    })
final class RootChangeCommand implements Command {
  @Parameters(
      paramLabel = "PREVIOUS",
      description = "A trust root, or the directory of a chain, whose latest is meant.")
  Path previous = Path.of("");

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      description = "Where to write the draft; in a chain's directory, name it VERSION.root.json.")
  Path out = Path.of("");

  @Option(
      names = "--remove",
      paramLabel = "ID|PATH",
      description =
          "Remove a key by its id, or the keys at PATH: a .pub.pem file, an identity or its trust"
              + " root. May be repeated.")
  List<String> removed = new ArrayList<>();

  @Mixin RootOptions options = new RootOptions();

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Override
  public void run(Console console) {
    if (Files.exists(out)) {
      throw CommandError.FILE_EXISTS.at(out, "");
    }
    TrustRoot before = TrustRoot.read(previous);
    SignedRoot draft = SignedRoot.draft(options.edit(removed).next(before, out.toString()));
    OutputFile.write(out, draft.bytes());
    RootReport.print(console, json, out, draft, Optional.of(before));
  }
}
