package org.m4fw.cli.command;

import java.nio.file.Path;
import java.util.Optional;
import org.m4fw.base.file.OutputFile;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.console.Json;
import org.m4fw.image.ImageFile;
import org.m4fw.signing.evidence.Timestamps;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** {@code image timestamp}. */
@CommandLine.Command(
    description = {
      "Asks for, or checks, an RFC 3161 timestamp of an image id: an authority's word that the"
          + " image existed at a time. It lies beside the image and decides nothing; 'm4fw verify'"
          + " does not look at it.",
      "The request is a file, which any HTTP client sends."
    },
    footer = {
      "",
      "Examples:",
      "  m4fw image timestamp pixel7pro.m4img --request pixel7pro.tsq",
      "  curl -H 'Content-Type: application/timestamp-query' --data-binary @pixel7pro.tsq \\",
      "      http://tsa.example/ > pixel7pro.tsr",
      "  m4fw image timestamp pixel7pro.m4img --check pixel7pro.tsr --authority tsa.pem"
    })
final class ImageTimestampCommand implements Command {
  @Parameters(paramLabel = "IMAGE", description = "The image.")
  Path image = Path.of("");

  @Option(names = "--request", paramLabel = "FILE", description = "Write the request here.")
  Optional<Path> request = Optional.empty();

  @Option(names = "--check", paramLabel = "FILE", description = "Check this answer.")
  Optional<Path> response = Optional.empty();

  @Option(
      names = "--authority",
      paramLabel = "FILE",
      description = "The authority's own certificate, PEM or DER.")
  Optional<Path> authority = Optional.empty();

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Override
  public void run(Console console) {
    if (request.isPresent() == response.isPresent()) {
      throw CommandError.REQUEST_OR_CHECK.at("", "");
    }
    try (ImageFile file = ImageFile.open(image)) {
      ObjectNode report = Json.object().put("image_id", file.imageId().toString());
      String line;
      if (request.isPresent()) {
        OutputFile.write(request.get(), Timestamps.request(file.imageId()));
        report.put("file", request.get().toString());
        line = "%s: asks for a timestamp of %s".formatted(request.get(), file.imageId());
      } else {
        Path certificate =
            authority.orElseThrow(() -> CommandError.ARGUMENT_MISSING.at("", "--authority"));
        Timestamps.Proof proof =
            Timestamps.check(file.imageId(), response.orElseThrow(), certificate);
        report.put("time", proof.time().toString()).put("authority", proof.authority());
        line = "%s: existed at %s, says %s".formatted(image, proof.time(), proof.authority());
      }
      if (json) {
        console.json(report);
      } else {
        console.line(line);
      }
    }
  }
}
