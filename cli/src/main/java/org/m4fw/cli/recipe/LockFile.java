package org.m4fw.cli.recipe;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.file.OutputFile;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;
import tools.jackson.databind.JsonNode;

/**
 * A lock as a file beside its recipe ({@code recipe.lock.json}), indented, everything sorted:
 *
 * <pre>
 * {"inputs": {KIND NAME: {"files": {NAME: {"sha256": HEX, "size": n}},
 *                         "licence": SPDX, "revision": S, "source"?: S}},
 *  "schema": "m4fw/lock/1"}
 * </pre>
 *
 * Contains no path outside of the inputs' own directories.
 */
public final class LockFile {
  private static final String SCHEMA = "m4fw/lock/1";

  private LockFile() {}

  /** {@code recipe.lock.json} beside {@code recipe.json}. */
  public static Path beside(Path recipe) {
    String name = String.valueOf(recipe.getFileName());
    String stem = name.endsWith(".json") ? name.substring(0, name.length() - 5) : name;
    return recipe.resolveSibling(stem + ".lock.json");
  }

  /**
   * Reads a lock; empty if there is none.
   *
   * @throws org.m4fw.base.problem.ProblemException if it is none that we wrote
   */
  public static Optional<Lock> read(Path file) {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    Fields fields = StrictJson.readObject(file).allowOnly("inputs", "schema");
    if (!fields.string("schema").equals(SCHEMA)) {
      throw RecipeError.LOCK_UNREADABLE.at(file, "schema", fields.string("schema"));
    }
    SortedMap<String, Lock.Input> inputs = new TreeMap<>();
    Fields all = fields.object("inputs");
    for (String name : all.names()) {
      Fields input = all.object(name).allowOnly("files", "licence", "revision", "source");
      inputs.put(
          name,
          new Lock.Input(
              new Recipe.Origin(
                  input.optionalString("source").orElse(""),
                  input.string("revision"),
                  input.string("licence")),
              files(file, input.object("files"))));
    }
    return Optional.of(new Lock(inputs));
  }

  private static SortedMap<String, Lock.LockedFile> files(Path file, Fields fields) {
    SortedMap<String, Lock.LockedFile> files = new TreeMap<>();
    for (String name : fields.names()) {
      Fields entry = fields.object(name).allowOnly("sha256", "size");
      String hex = entry.string("sha256");
      if (!hex.matches("[0-9a-f]{64}")) {
        throw RecipeError.LOCK_UNREADABLE.at(file, entry.path(), "not a digest: " + hex);
      }
      files.put(
          name, new Lock.LockedFile(entry.integer("size", 0, Long.MAX_VALUE), new Digest(hex)));
    }
    return files;
  }

  /** Replaces the file. */
  public static void write(Path file, Lock lock) {
    OutputFile.write(file, (node(lock).toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8));
  }

  /** The document, everything sorted. */
  public static JsonNode node(Lock lock) {
    SortedMap<String, Object> inputs = new TreeMap<>();
    lock.inputs().forEach((name, input) -> inputs.put(name, fields(input)));
    return CanonicalJson.node(new TreeMap<>(java.util.Map.of("inputs", inputs, "schema", SCHEMA)));
  }

  private static SortedMap<String, Object> fields(Lock.Input input) {
    SortedMap<String, Object> files = new TreeMap<>();
    input
        .files()
        .forEach(
            (name, state) -> {
              SortedMap<String, Object> entry = new TreeMap<>();
              entry.put("sha256", state.digest().hex());
              entry.put("size", state.size());
              files.put(name, entry);
            });
    SortedMap<String, Object> fields = new TreeMap<>();
    fields.put("files", files);
    fields.put("licence", input.origin().licence());
    fields.put("revision", input.origin().revision());
    if (!input.origin().source().isEmpty()) {
      fields.put("source", input.origin().source());
    }
    return fields;
  }
}
