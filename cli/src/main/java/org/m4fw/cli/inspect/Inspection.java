package org.m4fw.cli.inspect;

import java.nio.file.Files;
import java.nio.file.Path;
import org.m4fw.base.file.FileError;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.image.ImageFile;

/** Finds out what a path is. */
public final class Inspection {
  private Inspection() {}

  /**
   * Describes a file or directory, told by its content and never by its name.
   *
   * @throws org.m4fw.base.problem.ProblemException if it is damaged or of no known kind
   */
  public static Description of(Path path) {
    if (!Files.exists(path)) {
      throw FileError.NOT_FOUND.at(path, "");
    }
    return Files.isDirectory(path) ? directory(path) : file(path);
  }

  private static Description directory(Path directory) {
    if (Files.isRegularFile(directory.resolve(KeyDescription.TRUST_ROOT))) {
      return KeyDescription.of(directory);
    }
    return checkpoint(directory);
  }

  private static Description file(Path file) {
    if (ImageFile.recognizes(file)) {
      try (ImageFile image = ImageFile.open(file)) {
        return ImageDescription.of(image);
      }
    }
    if (Content.startsWith(file, "-----BEGIN ")) {
      return KeyDescription.of(file);
    }
    if (Content.isJsonObject(file)) {
      return JsonDescription.of(file);
    }
    return checkpoint(file);
  }

  private static Description checkpoint(Path path) {
    try (Checkpoint checkpoint = Checkpoint.open(path)) {
      return CheckpointDescription.of(path, checkpoint);
    }
  }
}
