package org.m4fw.cli.command;

import java.nio.file.Path;
import org.m4fw.base.file.Storage;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.console.Json;
import org.m4fw.image.Assembly;
import org.m4fw.image.ImageFile;
import org.m4fw.image.Kind;
import org.m4fw.image.Manifest;
import org.m4fw.image.delta.Delta;
import org.m4fw.image.delta.DeltaApplication;
import org.m4fw.signing.trust.Verifier;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** {@code image apply}. */
@CommandLine.Command(
    description = {
      "Makes the new image from the old one and a delta. The new image's signatures are checked"
          + " before anything is written, and every section is held against its signed digest"
          + " before the image gets its name.",
      "If it is interrupted, the same command goes on where it was."
    },
    footer = {
      "",
      "Examples:",
      "  m4fw image apply phone-1.0.0.m4img 1.0.0-to-1.1.0.m4delta --out phone-1.1.0.m4img --root"
          + " trust-root.json"
    })
final class ImageApplyCommand implements Command {
  @Parameters(index = "0", paramLabel = "OLD", description = "The image that is there.")
  Path before = Path.of("");

  @Parameters(index = "1", paramLabel = "DELTA", description = "The delta.")
  Path delta = Path.of("");

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      description = "The new image to write.")
  Path out = Path.of("");

  @CommandLine.Mixin RequiredTrust trust = new RequiredTrust();

  @CommandLine.Mixin RollbackOptions rollback = new RollbackOptions();

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Override
  public void run(Console console) {
    try (Delta opened = Delta.open(delta, console.progress());
        ImageFile old = ImageFile.open(before, Kind.IMAGE)) {
      Manifest manifest = opened.result().manifest();
      Verifier verifier = trust.verifier();
      rollback.check(delta.toString(), manifest, verifier.versions(opened.result()));
      Path absolute = out.toAbsolutePath().normalize();
      new DeltaApplication(
              Storage.onDisk(absolute.resolveSibling(".").normalize()),
              Assembly.INTERVAL,
              OrderedWork.onAllCores(),
              console.progress())
          .run(opened, old, verifier::verifySignatures, String.valueOf(absolute.getFileName()));
      if (json) {
        ObjectNode report = Json.object().put("file", out.toString());
        report.put("image_id", opened.result().imageId().toString());
        report.put("product", manifest.product()).put("version", manifest.version());
        console.json(report);
      } else {
        console.line(
            "%s: %s %s build %s, verified"
                .formatted(out, manifest.product(), manifest.version(), manifest.build()));
        console.line("  image id " + opened.result().imageId());
      }
    }
  }
}
