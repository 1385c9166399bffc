package org.m4fw.cli.command;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.console.Json;
import org.m4fw.image.ImageFile;
import org.m4fw.signing.ConfigurationDirectory;
import org.m4fw.signing.SignatureAttachment;
import org.m4fw.signing.Signer;
import org.m4fw.signing.trust.TrustRoots;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** {@code image attach-signature}. */
@CommandLine.Command(
    description = {
      "Puts signatures into an image that were made elsewhere, as 'm4fw sign --payload' does. Each"
          + " is first checked: it has to be over this image, by a key of the trust root.",
      "Payload and image id stay. Whether the signatures are enough, 'm4fw verify' says."
    },
    footer = {
      "",
      "Examples:",
      "  m4fw image attach-signature pixel7pro.m4img pixel7pro.sigs --root trust-root.json",
      "  m4fw image attach-signature a.m4img one.sigs two.sigs --replace --out release.m4img"
    })
final class ImageAttachSignatureCommand implements Command {
  @Parameters(index = "0", paramLabel = "IMAGE", description = "The image.")
  Path image = Path.of("");

  @Parameters(index = "1..*", arity = "1..*", paramLabel = "SIGS", description = "The signatures.")
  List<Path> signatures = new ArrayList<>();

  @Option(
      names = "--root",
      paramLabel = "FILE",
      description = "The trust root with the keys (default: as for 'm4fw verify').")
  Optional<Path> root = Optional.empty();

  @Option(names = "--replace", description = "Drop the signatures that are there already.")
  boolean replace;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "Where to write the result (default: in place of IMAGE).")
  Optional<Path> out = Optional.empty();

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Override
  public void run(Console console) {
    try (ImageFile file = ImageFile.open(image)) {
      SignatureAttachment.Attached attached =
          new SignatureAttachment(roots())
              .attach(
                  file,
                  signatures,
                  replace ? Signer.Existing.REPLACE : Signer.Existing.KEEP,
                  out.orElse(image),
                  console.progress());
      Path path = attached.image().path();
      if (json) {
        ObjectNode report = Json.object().put("file", path.toString());
        report.put("image_id", attached.image().imageId().toString());
        Keys.put(report, attached.signers());
        console.json(report);
      } else {
        console.line("%s: signed, image id %s".formatted(path, attached.image().imageId()));
        Keys.lines(attached.signers()).forEach(console::line);
      }
    }
  }

  private TrustRoots roots() {
    ConfigurationDirectory user = ConfigurationDirectory.ofUser();
    return root.map(TrustRoots::only)
        .orElseGet(() -> TrustRoots.configured(user.trustRoot(), user.developmentTrustRoot()));
  }
}
