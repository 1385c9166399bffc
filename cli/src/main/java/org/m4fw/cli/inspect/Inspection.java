package org.m4fw.cli.inspect;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.m4fw.base.file.FileError;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.CheckpointError;
import org.m4fw.image.ImageFile;
import org.m4fw.image.Kind;
import org.m4fw.signing.trust.RootChain;
import tools.jackson.databind.node.ObjectNode;

/** Finds out what a path is. */
public final class Inspection {
  private Inspection() {}

  /**
   * Describes a file or directory, told by its content and never by its name.
   *
   * @throws org.m4fw.base.problem.ProblemException if it is damaged or of no known kind
   */
  public static Description of(Path path) {
    return of(path, ModelOptions.usual());
  }

  /** As {@link #of(Path)}; the options are for checkpoints. */
  public static Description of(Path path, ModelOptions options) {
    if (!Files.exists(path)) {
      throw FileError.NOT_FOUND.at(path, "");
    }
    if (Files.isDirectory(path)) {
      return directory(path, options);
    }
    if (!Files.isRegularFile(path)) {
      throw InspectError.NOT_A_FILE.at(path, "");
    }
    return file(path, options);
  }

  private static Description directory(Path directory, ModelOptions options) {
    if (Files.isRegularFile(directory.resolve(KeyDescription.TRUST_ROOT))
        || RootChain.isChain(directory)) {
      return KeyDescription.of(directory);
    }
    if (Files.isRegularFile(directory.resolve("adapter_config.json"))) {
      return AdapterDescription.of(directory, OptionalDouble.empty());
    }
    List<Path> graphs = graphs(directory);
    return graphs.isEmpty() ? checkpoint(directory, options) : compiled(directory, graphs);
  }

  private static Description compiled(Path directory, List<Path> graphs) {
    List<String> lines = new ArrayList<>();
    ObjectNode json = Description.json("compiled", directory);
    lines.add("%s: compiled graphs".formatted(directory));
    var list = json.putArray("graphs");
    for (Path graph : graphs) {
      Description description = GraphDescription.of(graph);
      description.lines().forEach(line -> lines.add("  " + line));
      list.add(description.json());
    }
    return new Description(lines, json);
  }

  private static List<Path> graphs(Path directory) {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(file -> file.toString().endsWith(".onnx") && Files.isRegularFile(file))
          .filter(GraphDescription::recognizes)
          .sorted()
          .toList();
    } catch (IOException e) {
      throw FileError.UNREADABLE.at(directory, "", FileError.reason(e));
    }
  }

  private static Description file(Path file, ModelOptions options) {
    if (ImageFile.recognizes(file)) {
      try (ImageFile image = ImageFile.open(file)) {
        if (image.manifest().kind() != Kind.ADAPTER) {
          return ImageDescription.of(image);
        }
      }
      return AdapterDescription.of(file, OptionalDouble.empty());
    }
    if (Content.startsWith(file, "-----BEGIN ")) {
      return KeyDescription.of(file);
    }
    if (Content.isJsonObject(file)) {
      return JsonDescription.of(file);
    }
    if (GraphDescription.recognizes(file)) {
      return GraphDescription.of(file);
    }
    try {
      return checkpoint(file, options);
    } catch (ProblemException e) {
      // The checkpoint's own words would not say what else inspect knows.
      throw e.problem().code() == CheckpointError.UNKNOWN_FORMAT
          ? InspectError.UNKNOWN_FILE.at(file, "")
          : e;
    }
  }

  private static Description checkpoint(Path path, ModelOptions options) {
    try (Checkpoint checkpoint = Checkpoint.open(path)) {
      return CheckpointDescription.of(path, checkpoint, options);
    }
  }
}
