package org.m4fw.image;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.json.CanonicalForm;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.JsonError;
import org.m4fw.base.json.StrictJson;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.image.framing.ContainerFormat;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The manifest as canonical JSON (RFC 8785, no floats, integers up to 2^53−1):
 *
 * <pre>
 * {"build":N,"content":{...},"created":N,"development":BOOL,"kind":"image"|"adapter"|"delta",
 *  "layout":{"central_directory_length":N,"central_directory_offset":N,"envelope_offset":8192,
 *    "envelope_slot":N,"file_size":N,"first_section_offset":N,"log2_align":14|16,"log2_verity":12,
 *    "major":1,"minor":0},
 *  "product":S,
 *  "required_signatures":[{"algorithm":"classical"|"post-quantum","role":S,"threshold":N},...],
 *  "rollback":{"domain":S,"index":N},
 *  "schema":"m4fw.manifest/1",
 *  "sections":[{"crc32":N,"fsv":"sha256:HEX","id":S,"length":N,"media":S,"module":S,"name":S,"offset":N,
 *    "role":S,"targets":[S,...],"tree_crc32":N,"tree_length":N,"tree_offset":N},...],
 *  "version":S}
 * </pre>
 *
 * <p>{@code created} is left out if not known; all else is always there. Required signatures are
 * sorted by role and algorithm, targets by name; sections are in file order.
 */
public final class ManifestJson {
  private static final String SCHEMA = "m4fw.manifest/1";
  private static final Set<String> KEYS =
      Set.of(
          "build",
          "content",
          "development",
          "kind",
          "layout",
          "product",
          "required_signatures",
          "rollback",
          "schema",
          "sections",
          "version");
  private static final Set<String> KEYS_WITH_TIME =
      Stream.concat(KEYS.stream(), Stream.of("created")).collect(Collectors.toUnmodifiableSet());
  private static final long MAX_INTEGER = (1L << 53) - 1;
  private static final long MAX_CRC = 0xffffffffL;

  private ManifestJson() {}

  /**
   * The payload that is signed.
   *
   * @throws ProblemException with {@link ImageError#MANIFEST_INVALID} if the content has no
   *     canonical form
   */
  public static byte[] bytes(String file, Manifest manifest) {
    try {
      return CanonicalJson.bytes(node(manifest));
    } catch (IllegalArgumentException e) {
      throw ImageError.MANIFEST_INVALID.at(file, "manifest", String.valueOf(e.getMessage()));
    }
  }

  /** The document, free to be changed. */
  static ObjectNode node(Manifest manifest) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("build", manifest.build());
    node.set("content", manifest.content());
    manifest.created().ifPresent(seconds -> node.put("created", seconds));
    node.put("development", manifest.development());
    node.put("kind", manifest.kind().text());
    node.set("layout", layout(manifest.layout()));
    node.put("product", manifest.product());
    var required = node.putArray("required_signatures");
    for (RequiredSignature signature : manifest.requiredSignatures()) {
      required
          .addObject()
          .put("algorithm", signature.algorithmClass().text())
          .put("role", signature.role())
          .put("threshold", signature.threshold());
    }
    node.putObject("rollback")
        .put("domain", manifest.rollback().domain())
        .put("index", manifest.rollback().index());
    node.put("schema", SCHEMA);
    var sections = node.putArray("sections");
    manifest.sections().forEach(section -> sections.add(section(section)));
    node.put("version", manifest.version());
    return node;
  }

  private static ObjectNode layout(LayoutHints layout) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("central_directory_length", layout.centralDirectoryLength())
        .put("central_directory_offset", layout.centralDirectoryOffset())
        .put("envelope_offset", ContainerFormat.ENVELOPE_OFFSET)
        .put("envelope_slot", layout.envelopeSlot())
        .put("file_size", layout.fileSize())
        .put("first_section_offset", layout.firstSectionOffset())
        .put("log2_align", layout.log2Align())
        .put("log2_verity", ContainerFormat.LOG2_VERITY)
        .put("major", ContainerFormat.MAJOR)
        .put("minor", ContainerFormat.MINOR);
  }

  private static ObjectNode section(Section section) {
    ObjectNode node =
        JsonNodeFactory.instance
            .objectNode()
            .put("crc32", Integer.toUnsignedLong(section.crc32()))
            .put("fsv", section.fsv().toString())
            .put("id", section.id())
            .put("length", section.length())
            .put("media", section.media())
            .put("module", section.module())
            .put("name", section.name())
            .put("offset", section.offset())
            .put("role", section.role())
            .put("tree_crc32", Integer.toUnsignedLong(section.treeCrc32()))
            .put("tree_length", section.treeLength())
            .put("tree_offset", section.treeOffset());
    var targets = node.putArray("targets");
    section.targets().forEach(targets::add);
    return node;
  }

  /**
   * Reads a manifest: all fields known and within their bounds, and the bytes exactly those that
   * {@link #bytes} would write. Places are not checked against a file here.
   *
   * @param file only for messages
   * @throws ProblemException with an {@link ImageError}
   */
  public static Manifest parse(String file, byte[] bytes) {
    OptionalInt deviation = CanonicalForm.firstDeviation(bytes);
    if (deviation.isPresent()) {
      throw ImageError.MANIFEST_NOT_CANONICAL.at(file, "manifest", deviation.getAsInt());
    }
    Manifest manifest;
    try {
      manifest = read(Fields.of(file, StrictJson.parse(file, bytes)));
    } catch (ProblemException e) {
      if (e.problem().code() instanceof JsonError) {
        throw ImageError.MANIFEST_FIELD.at(file, item(e.problem().item()), e.problem().message());
      }
      throw e;
    }
    int different = Arrays.mismatch(bytes, bytes(file, manifest));
    if (different >= 0) {
      throw ImageError.MANIFEST_NOT_CANONICAL.at(file, "manifest", different);
    }
    ManifestRules.check(file, manifest);
    return manifest;
  }

  private static Manifest read(Fields fields) {
    fields.exactly(fields.names().contains("created") ? KEYS_WITH_TIME : KEYS);
    one(fields, "schema", SCHEMA);
    Fields rollback = fields.object("rollback").exactly("domain", "index");
    OptionalLong created = fields.optionalInteger("created", 0, MAX_INTEGER);
    return new Manifest(
        chosen(fields, "kind", Kind::ofText, "image, adapter or delta"),
        fields.string("product"),
        fields.string("version"),
        fields.integer("build", 0, MAX_INTEGER),
        new Rollback(rollback.string("domain"), rollback.integer("index", 0, MAX_INTEGER)),
        readLayout(fields.object("layout")),
        fields.objects("sections").stream().map(ManifestJson::readSection).toList(),
        readRequired(fields.objects("required_signatures")),
        fields.bool("development", false),
        created,
        fields.object("content").node());
  }

  private static LayoutHints readLayout(Fields layout) {
    layout.exactly(
        "central_directory_length",
        "central_directory_offset",
        "envelope_offset",
        "envelope_slot",
        "file_size",
        "first_section_offset",
        "log2_align",
        "log2_verity",
        "major",
        "minor");
    layout.integer("major", ContainerFormat.MAJOR, ContainerFormat.MAJOR);
    layout.integer("minor", ContainerFormat.MINOR, ContainerFormat.MINOR);
    layout.integer(
        "envelope_offset", ContainerFormat.ENVELOPE_OFFSET, ContainerFormat.ENVELOPE_OFFSET);
    layout.integer("log2_verity", ContainerFormat.LOG2_VERITY, ContainerFormat.LOG2_VERITY);
    return new LayoutHints(
        (int) layout.integer("log2_align", 14, 16),
        layout.integer("envelope_slot", 0, MAX_INTEGER),
        layout.integer("first_section_offset", 0, MAX_INTEGER),
        layout.integer("central_directory_offset", 0, MAX_INTEGER),
        layout.integer("central_directory_length", 0, MAX_INTEGER),
        layout.integer("file_size", 0, MAX_INTEGER));
  }

  private static Section readSection(Fields section) {
    section.exactly(
        "crc32",
        "fsv",
        "id",
        "length",
        "media",
        "module",
        "name",
        "offset",
        "role",
        "targets",
        "tree_crc32",
        "tree_length",
        "tree_offset");
    return new Section(
        new SectionSpec(
            section.string("id"),
            section.string("role"),
            section.string("module"),
            section.strings("targets"),
            section.string("media"),
            section.string("name")),
        section.integer("offset", 0, MAX_INTEGER),
        section.integer("length", 0, MAX_INTEGER),
        (int) section.integer("crc32", 0, MAX_CRC),
        digest(section, "fsv"),
        section.integer("tree_offset", 0, MAX_INTEGER),
        section.integer("tree_length", 0, MAX_INTEGER),
        (int) section.integer("tree_crc32", 0, MAX_CRC));
  }

  private static List<RequiredSignature> readRequired(List<Fields> list) {
    return list.stream()
        .map(required -> required.exactly("algorithm", "role", "threshold"))
        .map(
            required ->
                new RequiredSignature(
                    required.string("role"),
                    chosen(
                        required, "algorithm", AlgorithmClass::ofText, "classical or post-quantum"),
                    (int) required.integer("threshold", 1, ManifestRules.MAX_THRESHOLD)))
        .toList();
  }

  private static Digest digest(Fields fields, String name) {
    String text = fields.string(name);
    try {
      return Digest.parse(text);
    } catch (IllegalArgumentException e) {
      throw wrong(fields, name, text, "sha256: and 64 hexadecimal digits");
    }
  }

  private static void one(Fields fields, String name, String expected) {
    String found = fields.string(name);
    if (!found.equals(expected)) {
      throw wrong(fields, name, found, expected);
    }
  }

  private static <T> T chosen(
      Fields fields, String name, Function<String, Optional<T>> of, String expected) {
    String found = fields.string(name);
    return of.apply(found).orElseThrow(() -> wrong(fields, name, found, expected));
  }

  private static ProblemException wrong(Fields fields, String name, String found, String expected) {
    String path = fields.path().isEmpty() ? name : fields.path() + "." + name;
    return ImageError.MANIFEST_FIELD.wrong(fields.file(), item(path), found, expected);
  }

  private static String item(String path) {
    return path.isEmpty() ? "manifest" : "manifest: " + path;
  }
}
