package org.m4fw.cli.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.m4fw.base.file.FileError;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.cli.console.Amounts;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.console.Json;
import org.m4fw.image.ImageFile;
import org.m4fw.image.Kind;
import org.m4fw.image.delta.DeltaWriter;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** {@code image delta}. */
@CommandLine.Command(
    description = {
      "Writes what a device needs to make the new image from the old one: the new image's signed"
          + " manifest and the blocks of 4096 bytes that the old one does not have, packed with"
          + " zstd.",
      "A delta is not signed. Whoever applies it verifies the image that it makes. The same two"
          + " images give the same delta."
    },
    footer = {
      "",
      "Examples:",
      "  m4fw image delta phone-1.0.0.m4img phone-1.1.0.m4img --out 1.0.0-to-1.1.0.m4delta"
    })
final class ImageDeltaCommand implements Command {
  @Parameters(index = "0", paramLabel = "OLD", description = "The image that devices have.")
  Path before = Path.of("");

  @Parameters(index = "1", paramLabel = "NEW", description = "The image that they shall get.")
  Path after = Path.of("");

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      description = "The delta to write.")
  Path out = Path.of("");

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Override
  public void run(Console console) {
    try (ImageFile old = ImageFile.open(before, Kind.IMAGE);
        ImageFile wanted = ImageFile.open(after, Kind.IMAGE)) {
      DeltaWriter.Written written =
          new DeltaWriter(OrderedWork.onAllCores(), console.progress()).write(old, wanted, out);
      long size = size(out);
      if (json) {
        ObjectNode report = Json.object().put("file", out.toString()).put("size", size);
        report.put("base", old.imageId().toString()).put("result", wanted.imageId().toString());
        report.put("image_size", wanted.size()).put("new_bytes", written.newBytes());
        console.json(report);
      } else {
        console.line(
            "%s: %s for an image of %s, of which %s are new"
                .formatted(
                    out,
                    Amounts.bytes(size),
                    Amounts.bytes(wanted.size()),
                    Amounts.bytes(written.newBytes())));
      }
    }
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw FileError.UNREADABLE.at(file, "", FileError.reason(e));
    }
  }
}
