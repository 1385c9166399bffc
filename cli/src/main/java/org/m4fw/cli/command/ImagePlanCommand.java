package org.m4fw.cli.command;

import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.m4fw.base.bytes.FileRanges;
import org.m4fw.cli.console.Amounts;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.console.Json;
import org.m4fw.image.ImageFile;
import org.m4fw.image.Section;
import org.m4fw.image.SignedManifest;
import org.m4fw.image.delta.Download;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** {@code image plan}. */
@CommandLine.Command(
    description = {
      "Says which bytes of an image a device of one target has to fetch, as an HTTP range. The"
          + " first bytes of the image suffice, up to its first section: manifest and signatures"
          + " are in them.",
      "With --from, sections that the device has already are left out; if both images are here"
          + " whole, single blocks are."
    },
    footer = {
      "",
      "Examples:",
      "  m4fw image plan begun.m4img --target pixel7pro-cpu --root trust-root.json",
      "  m4fw image plan phone-1.1.0.m4img --target pixel7pro-cpu --from phone-1.0.0.m4img --json"
    })
final class ImagePlanCommand implements Command {
  @Parameters(paramLabel = "IMAGE", description = "The image, or its first bytes.")
  Path image = Path.of("");

  @Option(
      names = "--target",
      required = true,
      paramLabel = "T",
      description = "The target of the device.")
  String target = "";

  @Option(
      names = "--from",
      paramLabel = "OLD",
      description = "The image that the device has, or its first bytes.")
  Optional<Path> from = Optional.empty();

  @CommandLine.Mixin TrustOptions trust = new TrustOptions();

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Override
  public void run(Console console) {
    SignedManifest manifest = SignedManifest.ofFront(image);
    trust.verifier().ifPresent(verifier -> verifier.verifySignatures(manifest));
    checkTarget(manifest);
    Download download = plan(manifest);
    long size = manifest.manifest().layout().fileSize();
    if (json) {
      ObjectNode report = Json.object().put("image_id", manifest.imageId().toString());
      report.put("size", size).put("fetch", download.total());
      report.put("range", download.httpRange());
      var ranges = report.putArray("ranges");
      download
          .ranges()
          .forEach(
              range ->
                  ranges.addObject().put("offset", range.offset()).put("length", range.length()));
      Json.put(report, "sections", download.sections().stream().map(Section::id).toList());
      console.json(report);
      return;
    }
    console.line(
        "%s of %s, in %s ranges"
            .formatted(
                Amounts.bytes(download.total()), Amounts.bytes(size), download.ranges().size()));
    console.line("Range: " + download.httpRange());
  }

  /** What every target needs would be a plan, too, but for a device that runs nothing. */
  private void checkTarget(SignedManifest manifest) {
    SortedSet<String> targets = new TreeSet<>();
    manifest.manifest().sections().forEach(section -> targets.addAll(section.targets()));
    if (!targets.isEmpty() && !targets.contains(target)) {
      throw CommandError.NO_SUCH_TARGET.at(image, target, String.join(", ", targets));
    }
  }

  private Download plan(SignedManifest manifest) {
    if (from.isEmpty()) {
      return Download.of(manifest, target);
    }
    SignedManifest present = SignedManifest.ofFront(from.get());
    if (!whole(image, manifest) || !whole(from.get(), present)) {
      return Download.of(manifest, target, present);
    }
    try (ImageFile wanted = ImageFile.open(image);
        ImageFile old = ImageFile.open(from.get())) {
      return Download.of(wanted, target, old);
    }
  }

  private static boolean whole(Path path, SignedManifest manifest) {
    try (FileRanges file = FileRanges.open(path)) {
      return file.size() == manifest.manifest().layout().fileSize();
    }
  }
}
