package org.m4fw.cli.command;

import java.nio.file.Path;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.inspect.ImageDescription;
import org.m4fw.image.ImageFile;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code image list}. */
@CommandLine.Command(
    description =
        "Lists what an image or adapter package holds. Checks its structure, not its signatures:"
            + " that is what 'm4fw verify' does.",
    footer = {"", "Examples:", "  m4fw image list pixel7pro.m4img"})
final class ImageListCommand implements Command {
  @Parameters(paramLabel = "IMAGE", description = "The image.")
  Path image = Path.of("");

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Override
  public void run(Console console) {
    try (ImageFile file = ImageFile.open(image)) {
      ImageDescription.of(file).print(console, json);
    }
  }
}
