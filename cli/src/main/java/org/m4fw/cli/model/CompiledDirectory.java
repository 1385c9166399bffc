package org.m4fw.cli.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.m4fw.base.file.FileError;
import org.m4fw.checkpoint.Extent;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.graph.onnx.GraphFacts;

/** What {@code compile} wrote: graphs, their weights, and the model's tokenizer. */
final class CompiledDirectory {
  private static final String GRAPH_SUFFIX = ".onnx";

  /** What a host does before a .tflite file runs is no component. */
  private static final String HOST_SUFFIX = ".host.onnx";

  /** Graphs hold no weights; one that is larger is none of ours. */
  private static final long MAX_GRAPH = 512L << 20;

  private final Path directory;
  private final SequencedMap<String, CompiledModel> parts;

  private CompiledDirectory(Path directory, SequencedMap<String, CompiledModel> parts) {
    this.directory = directory;
    this.parts = parts;
  }

  static boolean recognizes(Path path) {
    return Files.isDirectory(path) && !graphs(path).isEmpty();
  }

  /** The graphs for the target, or for the only one there is. */
  static CompiledDirectory choose(Path directory, Optional<String> target) {
    SortedMap<String, SequencedMap<String, CompiledModel>> byTarget = new TreeMap<>();
    for (Path file : graphs(directory)) {
      CompiledModel model = read(directory, file);
      byTarget
          .computeIfAbsent(model.facts().target(), name -> new LinkedHashMap<>())
          .put(part(file, model.facts().target()), model);
    }
    String targets = String.join(", ", byTarget.keySet());
    if (target.isEmpty() && byTarget.size() > 1) {
      throw ModelError.TARGET_NEEDED.at(directory, "", targets);
    }
    SequencedMap<String, CompiledModel> parts = byTarget.get(target.orElse(byTarget.firstKey()));
    if (parts == null) {
      throw ModelError.NO_SUCH_TARGET.at(directory, "", target.orElse(""), targets);
    }
    return new CompiledDirectory(directory, parts);
  }

  /** {@code decoder} of {@code decoder.pixel7pro-cpu.onnx}, with a component in front or not. */
  private static String part(Path file, String target) {
    String name = String.valueOf(file.getFileName());
    String stem = name.substring(0, name.length() - GRAPH_SUFFIX.length());
    String owner =
        stem.endsWith("." + target) ? stem.substring(0, stem.length() - target.length() - 1) : stem;
    return owner.substring(owner.lastIndexOf('.') + 1);
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
          .filter(file -> !file.toString().endsWith(HOST_SUFFIX))
          .filter(GraphFacts::areIn)
          .sorted()
          .toList();
    } catch (IOException e) {
      throw FileError.UNREADABLE.at(directory, "", FileError.reason(e));
    }
  }

  SequencedMap<String, CompiledModel> parts() {
    return parts;
  }

  Optional<Path> tokenizer() {
    return Optional.of(directory.resolve("tokenizer.json")).filter(Files::isRegularFile);
  }
}
