package org.m4fw.adapter.contract;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;

/**
 * The file of an interface record ({@code .m4if.json}), canonical JSON:
 *
 * <pre>
 * {"heads":[{"dtypes":[S,…],"name":S,"shape":[N,…]},…],
 *  "id":S,
 *  "points":[{"dtypes":[S,…],"in":N,"kernel":[N,…],"kinds":[S,…],"max_rank":N,"name":S,"out":N,"table":true},…],
 *  "preprocessing":"sha256:HEX",
 *  "projections":[{"in":N,"name":S,"out":N},…],
 *  "prompts":[{"heads":N,"kind":"text"|"vectors"|"cache","layers":N,"max_tokens":N,"module":S,"width":N},…],
 *  "scalings":[S,…],"schema":"m4fw.interface/1",
 *  "tokenizer":"sha256:HEX","version":"1.0.0","weights":"sha256:HEX"}
 * </pre>
 *
 * All lists are sorted; {@code heads}, {@code projections} and {@code prompts} are left out where
 * they are empty, {@code kernel} where it is no convolution, {@code table} where it is no table,
 * {@code preprocessing} and {@code tokenizer} where there is none. {@code points} may be empty only
 * where something else is offered.
 */
public final class InterfaceJson {
  private static final String SCHEMA = "m4fw.interface/1";
  static final long MAX_WIDTH = 1L << 31;
  private static final int MAX_RANK = 1 << 16;
  private static final int MAX_POINTS = 100_000;
  private static final int MAX_AXES = 3;
  private static final int MAX_KERNEL = 1024;

  private InterfaceJson() {}

  /** The canonical bytes. */
  public static byte[] bytes(InterfaceRecord record) {
    SortedMap<String, Object> fields = new TreeMap<>();
    fields.putAll(SlotsJson.fields(record.slots()));
    fields.put("id", record.id());
    fields.put("points", record.points().stream().map(InterfaceJson::point).toList());
    record.preprocessing().ifPresent(digest -> fields.put("preprocessing", digest.toString()));
    fields.put("scalings", record.scalings());
    fields.put("schema", SCHEMA);
    record.tokenizer().ifPresent(digest -> fields.put("tokenizer", digest.toString()));
    fields.put("version", record.version().toString());
    fields.put("weights", record.weights().toString());
    return CanonicalJson.bytes(CanonicalJson.node(fields));
  }

  private static Map<String, Object> point(InterfacePoint point) {
    SortedMap<String, Object> fields = new TreeMap<>();
    fields.put("dtypes", point.dtypes());
    fields.put("in", point.in());
    if (!point.kernel().isEmpty()) {
      fields.put("kernel", point.kernel());
    }
    fields.put("kinds", point.kinds());
    fields.put("max_rank", point.maxRank());
    fields.put("name", point.name());
    fields.put("out", point.out());
    if (point.table()) {
      fields.put("table", true);
    }
    return fields;
  }

  /**
   * Reads a file.
   *
   * @throws org.m4fw.base.problem.ProblemException with a {@link ContractError} or a {@link
   *     org.m4fw.base.json.JsonError}
   */
  public static InterfaceRecord read(Path file) {
    return read(StrictJson.readObject(file));
  }

  /** Reads bytes, such as those of a section; {@code file} is for messages. */
  public static InterfaceRecord parse(String file, byte[] bytes) {
    return read(Fields.of(file, StrictJson.parse(file, bytes)));
  }

  private static InterfaceRecord read(Fields fields) {
    fields.allowOnly(
        "heads",
        "id",
        "points",
        "preprocessing",
        "projections",
        "prompts",
        "scalings",
        "schema",
        "tokenizer",
        "version",
        "weights");
    String schema = fields.string("schema");
    if (!schema.equals(SCHEMA)) {
      throw ContractError.UNKNOWN_SCHEMA.at(fields.file(), "schema", schema, SCHEMA);
    }
    String id = fields.string("id");
    if (!id.matches("[a-z0-9][a-z0-9.-]{0,63}")) {
      throw ContractError.BAD_ID.at(fields.file(), "id", id);
    }
    String version = fields.string("version");
    InterfaceRecord.Slots slots = SlotsJson.read(fields);
    return new InterfaceRecord(
        id,
        SemanticVersion.parse(version)
            .orElseThrow(() -> ContractError.BAD_VERSION.at(fields.file(), "version", version)),
        points(fields, slots.equals(InterfaceRecord.Slots.none()) ? 1 : 0),
        slots,
        words(fields, "scalings"),
        fields.optionalString("tokenizer").map(text -> digest(fields, "tokenizer", text)),
        fields.optionalString("preprocessing").map(text -> digest(fields, "preprocessing", text)),
        digest(fields, "weights", fields.string("weights")));
  }

  private static List<InterfacePoint> points(Fields fields, int least) {
    List<Fields> objects = fields.objects("points");
    if (objects.size() < least || objects.size() > MAX_POINTS) {
      throw ContractError.POINT_COUNT.at(fields.file(), "points", objects.size(), MAX_POINTS);
    }
    List<InterfacePoint> points = new ArrayList<>();
    SortedSet<String> names = new TreeSet<>();
    for (Fields point : objects) {
      point.allowOnly("dtypes", "in", "kernel", "kinds", "max_rank", "name", "out", "table");
      String name = name(point);
      if (!names.add(name)) {
        throw ContractError.DUPLICATE_POINT.at(fields.file(), point.path(), name);
      }
      points.add(
          new InterfacePoint(
              name,
              point.integer("in", 1, MAX_WIDTH),
              point.integer("out", 1, MAX_WIDTH),
              words(point, "kinds"),
              (int) point.integer("max_rank", 1, MAX_RANK),
              words(point, "dtypes"),
              point.bool("table", false),
              kernel(point)));
    }
    return points;
  }

  /** The sizes of a kernel, as interfaces and packages state them; none for other points. */
  public static List<Long> kernel(Fields point) {
    if (!point.has("kernel")) {
      return List.of();
    }
    List<Long> sizes = Arrays.stream(point.integers("kernel", 1, MAX_KERNEL)).boxed().toList();
    long elements = sizes.stream().reduce(1L, (a, b) -> a * b);
    if (sizes.isEmpty()
        || sizes.size() > MAX_AXES
        || point.integer("in", 1, MAX_WIDTH) % elements != 0
        || point.bool("table", false)) {
      throw ContractError.BAD_KERNEL.at(point.file(), path(point, "kernel"), sizes, MAX_AXES);
    }
    return sizes;
  }

  static String name(Fields fields) {
    String name = fields.string("name");
    if (!name.matches("[\\x21-\\x7e]{1,256}")) {
      throw ContractError.BAD_ID.at(fields.file(), path(fields, "name"), name);
    }
    return name;
  }

  static SortedSet<String> words(Fields fields, String name) {
    SortedSet<String> words = new TreeSet<>(fields.strings(name));
    if (words.isEmpty()) {
      throw ContractError.EMPTY_LIST.at(fields.file(), path(fields, name));
    }
    return words;
  }

  private static Digest digest(Fields fields, String name, String text) {
    try {
      return Digest.parse(text);
    } catch (IllegalArgumentException e) {
      throw ContractError.BAD_DIGEST.at(fields.file(), path(fields, name), text);
    }
  }

  static String path(Fields fields, String name) {
    return fields.path().isEmpty() ? name : fields.path() + "." + name;
  }
}
