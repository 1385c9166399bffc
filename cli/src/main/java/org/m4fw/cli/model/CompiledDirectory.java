package org.m4fw.cli.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.m4fw.base.file.FileError;
import org.m4fw.checkpoint.Extent;
import org.m4fw.graph.onnx.CompiledModel;

/** What {@code compile} wrote: graphs, their weights, and the model's tokenizer. */
final class CompiledDirectory {
  private static final String GRAPH_SUFFIX = ".onnx";

  /** Graphs hold no weights; one that is larger is none of ours. */
  private static final long MAX_GRAPH = 512L << 20;

  private final Path directory;
  private final CompiledModel model;

  private CompiledDirectory(Path directory, CompiledModel model) {
    this.directory = directory;
    this.model = model;
  }

  static boolean recognizes(Path path) {
    return Files.isDirectory(path) && !graphs(path).isEmpty();
  }

  /** The graph for the target, or the only one there is. */
  static CompiledDirectory choose(Path directory, Optional<String> target) {
    List<CompiledModel> models = new ArrayList<>();
    for (Path file : graphs(directory)) {
      models.add(read(directory, file));
    }
    if (target.isEmpty()) {
      if (models.size() > 1) {
        throw ModelError.TARGET_NEEDED.at(directory, "", targets(models));
      }
      return new CompiledDirectory(directory, models.getFirst());
    }
    return models.stream()
        .filter(model -> model.facts().target().equals(target.get()))
        .findFirst()
        .map(model -> new CompiledDirectory(directory, model))
        .orElseThrow(
            () -> ModelError.NO_SUCH_TARGET.at(directory, "", target.get(), targets(models)));
  }

  private static CompiledModel read(Path directory, Path file) {
    try {
      if (Files.size(file) > MAX_GRAPH) {
        throw ModelError.GRAPH_TOO_LARGE.at(file, "", Files.size(file), MAX_GRAPH);
      }
      return CompiledModel.read(
          file.toString(), Files.readAllBytes(file), location -> dataFile(directory, location));
    } catch (IOException e) {
      throw FileError.UNREADABLE.at(file, "", FileError.reason(e));
    }
  }

  private static Extent dataFile(Path directory, String location) {
    Path file = directory.resolve(location);
    try {
      if (!Files.isRegularFile(file)) {
        throw FileError.NOT_FOUND.at(file, "");
      }
      return new Extent(file, 0, Files.size(file));
    } catch (IOException e) {
      throw FileError.UNREADABLE.at(file, "", FileError.reason(e));
    }
  }

  private static List<Path> graphs(Path directory) {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(file -> file.toString().endsWith(GRAPH_SUFFIX) && Files.isRegularFile(file))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw FileError.UNREADABLE.at(directory, "", FileError.reason(e));
    }
  }

  private static String targets(List<CompiledModel> models) {
    return String.join(", ", models.stream().map(model -> model.facts().target()).toList());
  }

  CompiledModel model() {
    return model;
  }

  Optional<Path> tokenizer() {
    return Optional.of(directory.resolve("tokenizer.json")).filter(Files::isRegularFile);
  }
}
