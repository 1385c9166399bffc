package org.m4fw.cli.command;

import java.nio.file.Path;
import java.util.Optional;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.console.Json;
import org.m4fw.cli.recipe.Recipe;
import org.m4fw.signing.ConfigurationDirectory;
import org.m4fw.signing.SigningIdentity;
import org.m4fw.signing.key.Passphrase;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ObjectNode;

/** {@code keys new}. */
@CommandLine.Command(
    description = {
      "Makes a release identity: an Ed25519 and an ML-DSA-65 key, which sign together, and the trust"
          + " root that whoever verifies needs.",
      "Private keys are readable by their owner only, and encrypted if a passphrase is given."
    },
    footer = {
      "",
      "Examples:",
      "  m4fw keys new --out keys/release --passphrase-env RELEASE_PASSPHRASE",
      "  m4fw verify pixel7pro.m4img --root keys/release/trust-root.json"
    })
final class KeysNewCommand implements Command {
  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "The directory to make; it must not exist.")
  Path out = Path.of("");

  @Mixin PassphraseOptions passphrase = new PassphraseOptions();

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Override
  public void run(Console console) {
    Recipe.Passphrase chosen = passphrase.chosen();
    boolean encrypted = !(chosen instanceof Recipe.Passphrase.None);
    Optional<Passphrase> given =
        encrypted ? Optional.of(PassphraseOptions.source(chosen).ask(out)) : Optional.empty();
    try (SigningIdentity identity = SigningIdentity.create(out, given)) {
      if (json) {
        ObjectNode report = Json.object().put("directory", out.toString());
        report.put("encrypted", encrypted);
        Keys.put(report, identity.publicKeys());
        console.json(report);
      } else {
        console.line("%s: a release identity".formatted(out));
        Keys.lines(identity.publicKeys()).forEach(console::line);
      }
    } finally {
      given.ifPresent(Passphrase::close);
    }
    if (!encrypted) {
      console.notice(
          "the private keys are not encrypted: whoever can read %s can sign".formatted(out));
    }
    console.note(
        "to trust it on this machine: cp %s %s"
            .formatted(
                out.resolve("trust-root.json"), ConfigurationDirectory.ofUser().trustRoot()));
  }
}
