package org.m4fw.cli.command;

import java.nio.file.Path;
import java.util.Optional;
import org.m4fw.base.file.OutputFile;
import org.m4fw.cli.console.Console;
import org.m4fw.signing.RootSigning;
import org.m4fw.signing.SigningIdentity;
import org.m4fw.signing.trust.SignedRoot;
import org.m4fw.signing.trust.TrustRoot;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code root sign}. */
@CommandLine.Command(
    description = {
      "Adds the signatures of an identity to a trust root, and says how many are missing.",
      "Several people sign one after the other; the file goes from hand to hand. For a root that"
          + " follows another, name that one with --previous: its keys sign, too."
    },
    footer = {
      "",
      "Examples:",
      "  m4fw root sign 1.root.json --key alice --passphrase-file alice.txt",
      "  m4fw root sign 2.root.json --previous roots/1.root.json --key carol"
    })
final class RootSignCommand implements Command {
  @Parameters(paramLabel = "ROOT", description = "A draft, or a root that others have signed.")
  Path file = Path.of("");

  @Option(
      names = "--key",
      required = true,
      paramLabel = "DIR",
      description = "The identity that signs.")
  Path key = Path.of("");

  @Option(
      names = "--previous",
      paramLabel = "FILE",
      description = "The root that this one follows.")
  Optional<Path> previous = Optional.empty();

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "Where to write the result (default: in place of ROOT).")
  Optional<Path> out = Optional.empty();

  @Mixin PassphraseOptions passphrase = new PassphraseOptions();

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Override
  public void run(Console console) {
    SignedRoot root = SignedRoot.read(file);
    Optional<TrustRoot> before = previous.map(TrustRoot::read);
    before.ifPresent(root::checkVersionFollows);
    try (SigningIdentity identity = SigningIdentity.open(key, passphrase.source())) {
      SignedRoot signed = RootSigning.sign(root, before, identity);
      Path target = out.orElse(file);
      OutputFile.write(target, signed.bytes());
      RootReport.print(console, json, target, signed, before);
    }
  }
}
