package org.m4fw.cli.command;

import java.nio.file.Path;
import java.util.Optional;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.console.Json;
import org.m4fw.image.ImageFile;
import org.m4fw.image.SignedImage;
import org.m4fw.signing.Signer;
import org.m4fw.signing.SigningIdentity;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** {@code sign}. */
@CommandLine.Command(
    description = {
      "Signs an image or adapter package again. Its payload and id stay as they are.",
      "A development build cannot be made a release by signing: build it again with the identity."
    },
    footer = {
      "",
      "Examples:",
      "  m4fw sign pixel7pro.m4img --key keys/release --passphrase-env RELEASE_PASSPHRASE",
      "  m4fw sign pixel7pro.m4img --key keys/second --out countersigned.m4img"
    })
final class SignCommand implements Command {
  @Parameters(paramLabel = "IMAGE", description = "What to sign.")
  Path image = Path.of("");

  @Option(
      names = "--key",
      required = true,
      paramLabel = "DIR",
      description = "The identity that signs, as 'm4fw keys new' made it.")
  Path key = Path.of("");

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "Where to write the result (default: in place of IMAGE).")
  Optional<Path> out = Optional.empty();

  @Option(names = "--replace", description = "Drop the signatures that are there already.")
  boolean replace;

  @Mixin PassphraseOptions passphrase = new PassphraseOptions();

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Override
  public void run(Console console) {
    Signer.Existing existing = replace ? Signer.Existing.REPLACE : Signer.Existing.KEEP;
    try (ImageFile file = ImageFile.open(image);
        SigningIdentity identity =
            SigningIdentity.open(key, PassphraseOptions.source(passphrase.chosen()))) {
      SignedImage signed =
          new Signer(identity).resign(file, existing, out.orElse(image), console.progress());
      if (json) {
        ObjectNode report = Json.object().put("file", signed.path().toString());
        report.put("image_id", signed.imageId().toString());
        Keys.put(report, identity.publicKeys());
        console.json(report);
      } else {
        console.line("%s: signed, image id %s".formatted(signed.path(), signed.imageId()));
        Keys.lines(identity.publicKeys()).forEach(console::line);
      }
    }
  }
}
