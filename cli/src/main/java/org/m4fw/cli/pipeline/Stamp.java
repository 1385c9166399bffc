package org.m4fw.cli.pipeline;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.file.OutputFile;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.cli.console.Json;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the last build of a recipe into a directory was made from and what it made; kept in the
 * cache. If nothing of that has changed, there is nothing to build.
 *
 * @param request the digest of everything that was asked for: recipe, options, tool
 * @param inputs all files and directories that were read, by absolute path
 * @param outputs all files that were written
 */
record Stamp(
    String request, SortedMap<String, Input> inputs, SortedMap<String, FileState> outputs) {
  Stamp {
    inputs = Collections.unmodifiableSortedMap(new TreeMap<>(inputs));
    outputs = Collections.unmodifiableSortedMap(new TreeMap<>(outputs));
  }

  /**
   * An input as it was.
   *
   * @param digest empty for directories
   */
  record Input(FileState state, Optional<Digest> digest) {}

  /** Where the stamp of a recipe and an output directory is. */
  static Path file(CacheDirectory cache, Path recipe, Path out) {
    String both = recipe.toAbsolutePath().normalize() + "\n" + out.toAbsolutePath().normalize();
    return cache.stamps().resolve(Digest.of(both.getBytes(StandardCharsets.UTF_8)).hex() + ".json");
  }

  /** Whether inputs and outputs are as they were, and the same is asked for. */
  boolean holds(String wanted) {
    return request.equals(wanted)
        && !outputs.isEmpty()
        && inputs.entrySet().stream().allMatch(e -> is(e.getKey(), e.getValue().state()))
        && outputs.entrySet().stream().allMatch(e -> is(e.getKey(), e.getValue()));
  }

  private static boolean is(String path, FileState state) {
    return FileState.of(Path.of(path)).filter(state::equals).isPresent();
  }

  /** The stamp in a file; empty if there is none that can be read. */
  static Optional<Stamp> read(Path file) {
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    try {
      Fields fields = StrictJson.readObject(file);
      SortedMap<String, Input> inputs = new TreeMap<>();
      Fields all = fields.object("inputs");
      for (String path : all.names()) {
        Fields entry = all.object(path);
        inputs.put(
            path,
            new Input(FileState.read(entry), entry.optionalString("sha256").map(Digest::new)));
      }
      SortedMap<String, FileState> outputs = new TreeMap<>();
      Fields made = fields.object("outputs");
      made.names().forEach(path -> outputs.put(path, FileState.read(made.object(path))));
      return Optional.of(new Stamp(fields.string("request"), inputs, outputs));
    } catch (ProblemException | IllegalArgumentException e) {
      // A damaged stamp is as good as none.
      return Optional.empty();
    }
  }

  void write(Path file) {
    ObjectNode document = Json.object().put("request", request);
    ObjectNode all = document.putObject("inputs");
    inputs.forEach(
        (path, input) -> {
          ObjectNode entry = all.putObject(path);
          input.state().put(entry);
          input.digest().ifPresent(digest -> entry.put("sha256", digest.hex()));
        });
    ObjectNode made = document.putObject("outputs");
    outputs.forEach((path, state) -> state.put(made.putObject(path)));
    OutputFile.write(file, document.toString().getBytes(StandardCharsets.UTF_8));
  }
}
