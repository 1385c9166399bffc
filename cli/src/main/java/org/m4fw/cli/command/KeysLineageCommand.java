package org.m4fw.cli.command;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.m4fw.base.file.OutputFile;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.console.Json;
import org.m4fw.signing.LineageSigning;
import org.m4fw.signing.SigningIdentity;
import org.m4fw.signing.key.VerificationKey;
import org.m4fw.signing.trust.KeyLineage;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** {@code keys lineage}. */
@CommandLine.Command(
    description = {
      "Hands over from a developer's keys to new ones, in a file that vendors need not sign: who"
          + " trusts the old keys for adapters trusts the new ones through it.",
      "Both identities sign; they have the same passphrase, or none."
    },
    footer = {
      "",
      "Examples:",
      "  m4fw keys lineage --key dev/2026 --next dev/2027 --out lineage.json",
      "  m4fw keys lineage lineage.json --key dev/2027 --next dev/2028 --revoke-earlier",
      "  m4fw verify licence.m4adapter --root roots --lineage lineage.json"
    })
final class KeysLineageCommand implements Command {
  @Parameters(
      arity = "0..1",
      paramLabel = "LINEAGE",
      description = "The lineage so far; left out, one begins with the keys of --key.")
  Optional<Path> lineage = Optional.empty();

  @Option(
      names = "--key",
      required = true,
      paramLabel = "DIR",
      description = "The identity that hands over: the latest of the lineage.")
  Path key = Path.of("");

  @Option(
      names = "--next",
      required = true,
      paramLabel = "DIR",
      description = "The identity that takes over.")
  Path next = Path.of("");

  @Option(
      names = "--revoke-earlier",
      description = "The keys before the new ones count no more, also for older packages.")
  boolean revokeEarlier;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "Where to write the result (default: in place of LINEAGE).")
  Optional<Path> out = Optional.empty();

  @Mixin PassphraseOptions passphrase = new PassphraseOptions();

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Override
  public void run(Console console) {
    Path target =
        out.or(() -> lineage).orElseThrow(() -> CommandError.ARGUMENT_MISSING.at("", "--out"));
    if (lineage.isEmpty() && Files.exists(target)) {
      throw CommandError.FILE_EXISTS.at(target, "");
    }
    Optional<KeyLineage> before = lineage.map(KeyLineage::read);
    try (SigningIdentity old = SigningIdentity.open(key, passphrase.source());
        SigningIdentity taker = SigningIdentity.open(next, passphrase.source())) {
      KeyLineage after =
          LineageSigning.extend(target.toString(), before, old, taker, revokeEarlier);
      OutputFile.write(target, after.bytes());
      if (json) {
        ObjectNode report = Json.object().put("file", target.toString());
        report.put("nodes", after.size());
        Json.put(report, "keys", after.latestKeys().stream().map(VerificationKey::id).toList());
        console.json(report);
      } else {
        console.line("%s: a lineage of %s nodes, the latest keys".formatted(target, after.size()));
        after.latestKeys().forEach(one -> console.line("  " + one));
      }
    }
  }
}
