package org.m4fw.cli.evaluate;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;

/**
 * Questions and what is right, a JSON object a line:
 *
 * <pre>
 * {"text": S, "slots": {NAME: S, …}, "image": FILE, "audio": FILE, "imu": FILE, "labels": [S, …], "references": [S, …]}
 * </pre>
 *
 * Only {@code references} has to be there. Files are relative to the data set. Blank lines are left
 * out.
 *
 * @param file for messages
 * @param digest of its bytes, for statements about results
 */
public record DataSet(String file, Digest digest, List<Item> items) {
  private static final int MAX_ITEMS = 100_000;
  private static final int MAX_LINE = 1 << 20;
  private static final byte NEWLINE = '\n';

  public DataSet {
    items = List.copyOf(items);
  }

  /**
   * A question.
   *
   * @param where file and line, for messages
   * @param texts what fills the slots of a prompt
   * @param labels to choose from; empty for those of the task
   * @param references what would be right, at least one
   */
  public record Item(
      String where,
      SortedMap<String, String> texts,
      Optional<Path> image,
      Optional<Path> audio,
      Optional<Path> imu,
      List<String> labels,
      List<String> references) {}

  /**
   * Reads a data set.
   *
   * @throws org.m4fw.base.problem.ProblemException with an {@link EvaluationError} or an error of
   *     the JSON or file
   */
  public static DataSet read(Path path) {
    try (MappedFile mapped = MappedFile.open(path)) {
      MemorySegment bytes = mapped.segment();
      List<Item> items = new ArrayList<>();
      long line = 1;
      for (long from = 0; from < bytes.byteSize(); line++) {
        long to = end(bytes, from);
        String where = path + ":" + line;
        if (to - from > MAX_LINE) {
          throw EvaluationError.LINE_TOO_LONG.at(where, "", to - from, MAX_LINE);
        }
        byte[] text = bytes.asSlice(from, to - from).toArray(ValueLayout.JAVA_BYTE);
        if (!isBlank(text)) {
          items.add(item(where, path, text));
        }
        if (items.size() > MAX_ITEMS) {
          throw EvaluationError.TOO_MANY_ITEMS.at(path, "", MAX_ITEMS);
        }
        from = to + 1;
      }
      if (items.isEmpty()) {
        throw EvaluationError.NO_ITEMS.at(path, "");
      }
      return new DataSet(path.toString(), Digest.of(bytes), items);
    }
  }

  private static long end(MemorySegment bytes, long from) {
    long to = from;
    while (to < bytes.byteSize() && bytes.get(ValueLayout.JAVA_BYTE, to) != NEWLINE) {
      to++;
    }
    return to;
  }

  private static boolean isBlank(byte[] text) {
    for (byte each : text) {
      if (each != ' ' && each != '\t' && each != '\r') {
        return false;
      }
    }
    return true;
  }

  private static Item item(String where, Path file, byte[] line) {
    Fields fields =
        Fields.of(where, StrictJson.parse(where, line))
            .allowOnly("audio", "image", "imu", "labels", "references", "slots", "text");
    List<String> references = fields.strings("references");
    if (references.isEmpty()) {
      throw EvaluationError.NO_REFERENCES.at(where, "references");
    }
    SortedMap<String, String> texts = new TreeMap<>();
    fields
        .optionalObject("slots")
        .ifPresent(slots -> slots.names().forEach(name -> texts.put(name, slots.string(name))));
    fields.optionalString("text").ifPresent(text -> texts.put("text", text));
    return new Item(
        where,
        texts,
        beside(file, fields.optionalString("image")),
        beside(file, fields.optionalString("audio")),
        beside(file, fields.optionalString("imu")),
        fields.strings("labels"),
        references);
  }

  private static Optional<Path> beside(Path file, Optional<String> name) {
    return name.map(text -> file.resolveSibling(text));
  }
}
