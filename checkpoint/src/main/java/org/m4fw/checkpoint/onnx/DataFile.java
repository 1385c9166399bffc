package org.m4fw.checkpoint.onnx;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.m4fw.base.file.FileError;

/**
 * The file that an initializer's data are in: below the directory of the graph by its name, and
 * really so, as neither symbolic nor hard links lead elsewhere. A graph from a stranger could else
 * make any file of its reader a weight, and so part of what is published.
 *
 * @see <a href="https://github.com/onnx/onnx/blob/main/docs/ExternalData.md">external data</a>
 */
public final class DataFile {
  private DataFile() {}

  /**
   * Checks a location.
   *
   * @throws org.m4fw.base.problem.ProblemException with an {@link OnnxFileError} or a {@link
   *     FileError}
   */
  public static Path resolve(Path graph, String tensor, String location) {
    requirePlain(graph, tensor, location);
    Path file = graph.resolveSibling("");
    for (String part : location.split("/", -1)) {
      file = file.resolve(part);
      if (Files.isSymbolicLink(file)) {
        throw OnnxFileError.SYMBOLIC_LINK.at(graph, tensor, file);
      }
    }
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      throw FileError.NOT_FOUND.at(file, "");
    }
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      throw OnnxFileError.NOT_REGULAR.at(graph, tensor, file);
    }
    requireOneName(graph, tensor, file);
    return file;
  }

  private static void requirePlain(Path graph, String tensor, String location) {
    boolean plain =
        !location.isEmpty()
            && location.indexOf('\\') < 0
            && location.indexOf(':') < 0
            && location.chars().noneMatch(letter -> letter < ' ');
    for (String part : location.split("/", -1)) {
      plain &= !part.isEmpty() && !part.equals(".") && !part.equals("..");
    }
    if (!plain) {
      throw OnnxFileError.LOCATION.at(graph, tensor, location);
    }
  }

  private static void requireOneName(Path graph, String tensor, Path file) {
    try {
      Object links = Files.getAttribute(file, "unix:nlink", LinkOption.NOFOLLOW_LINKS);
      if (!(links instanceof Integer count && count == 1)) {
        throw OnnxFileError.HARD_LINK.at(graph, tensor, file, links);
      }
    } catch (IOException e) {
      throw FileError.UNREADABLE.at(file, "", FileError.reason(e));
    }
  }
}
