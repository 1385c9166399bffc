package org.m4fw.cli.command;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.console.Json;
import org.m4fw.cli.recipe.Recipe;
import org.m4fw.signing.Rotation;
import org.m4fw.signing.SigningIdentity;
import org.m4fw.signing.key.Passphrase;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** {@code keys rotate}. */
@CommandLine.Command(
    description = {
      "Replaces an identity by a new one with the same algorithms, and writes the trust root that"
          + " passes the trust on: signed by the old keys and the new.",
      "For those whose old keys alone may sign the next root; others use 'm4fw root change' and"
          + " 'm4fw root sign'. The old identity stays where it is; images that it signed have to be"
          + " signed again."
    },
    footer = {
      "",
      "Examples:",
      "  m4fw keys rotate keys/2026 --out keys/2027 --roots roots --passphrase-file pass.txt",
      "  m4fw sign pixel7pro.m4img --key keys/2027 --replace",
      "  m4fw verify pixel7pro.m4img --root roots"
    })
final class KeysRotateCommand implements Command {
  @Parameters(paramLabel = "OLD", description = "The identity to replace.")
  Path old = Path.of("");

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "The new identity; it must not exist.")
  Path out = Path.of("");

  @Option(
      names = "--roots",
      required = true,
      paramLabel = "DIR",
      description =
          "The directory of the chain of trust roots; if it is empty or missing, it begins with"
              + " OLD's trust root.")
  Path roots = Path.of("");

  @Mixin PassphraseOptions passphrase = new PassphraseOptions();

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Override
  public void run(Console console) {
    boolean encrypted = !(passphrase.chosen() instanceof Recipe.Passphrase.None);
    Optional<Passphrase> forNew =
        encrypted ? Optional.of(passphrase.source().ask(out)) : Optional.empty();
    try (SigningIdentity before = SigningIdentity.open(old, passphrase.source())) {
      if (!encrypted && Files.exists(old) && Rotation.isEncrypted(old)) {
        throw CommandError.PASSPHRASE_FOR_NEW.at("", "--passphrase-file");
      }
      Rotation.Result result = Rotation.rotate(before, out, roots, forNew);
      if (json) {
        ObjectNode report = Json.object().put("directory", out.toString());
        report.put("root", result.file().toString()).put("version", result.version());
        Keys.put(report, result.keys());
        console.json(report);
      } else {
        console.line("%s: an identity in place of %s".formatted(out, old));
        Keys.lines(result.keys()).forEach(console::line);
        console.line("%s: trust root version %s".formatted(result.file(), result.version()));
      }
    } finally {
      forNew.ifPresent(Passphrase::close);
    }
    console.note(
        "sign what the old keys signed again: m4fw sign IMAGE --key %s --replace".formatted(out));
  }
}
