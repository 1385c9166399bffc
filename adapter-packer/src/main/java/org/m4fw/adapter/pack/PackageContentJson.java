package org.m4fw.adapter.pack;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.m4fw.adapter.contract.AdapterClaim;
import org.m4fw.adapter.contract.VersionRange;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.json.Fields;
import org.m4fw.base.problem.ProblemException;
import tools.jackson.databind.JsonNode;

/**
 * The {@code content} of a package's manifest:
 *
 * <pre>
 * {"answers":{"kl":"0.1"},
 *  "base":{"builds":["sha256:HEX",…],"interface":S,"tokenizer":"sha256:HEX","versions":">=1.0.0 &lt;2.0.0","weights":"sha256:HEX"},
 *  "carried":{…} as of {@link CarriedJson},
 *  "developer":S,
 *  "heads":[{"name":S,"shape":[N,…]},…],
 *  "licence":S,
 *  "method":{"kind":"lora"|"dora","scaling":"alpha/r"|"alpha/sqrt(r)"} or {"kind":"prompt-tuning"|"prefix-tuning","numbers":N,"tokens":N},
 *  "points":[{"alpha":"16","in":N,"names":[S,…],"out":N,"rank":N},…] as of {@link PointGroups},
 *  "resources":{"bytes":N,"macs":N,"parameters":N},
 *  "schema":"m4fw.adapter/1",
 *  "task":{…}}
 * </pre>
 *
 * {@code tokenizer}, {@code developer}, {@code heads}, {@code licence} and {@code task} are left
 * out where there is none, {@code answers} and {@code builds} where the package was never bound to
 * an image, {@code carried} where it was trained on its base. Numbers with fractions are decimals
 * in strings, as canonical JSON has no floats.
 */
final class PackageContentJson {
  private static final String SCHEMA = "m4fw.adapter/1";
  static final long MAX_WIDTH = 1L << 31;
  private static final int MAX_AXES = 4;

  private PackageContentJson() {}

  static JsonNode node(PackageContent content) {
    SortedMap<String, Object> fields = new TreeMap<>();
    content.answerLimit().ifPresent(limit -> fields.put("answers", Map.of("kl", decimal(limit))));
    fields.put("base", base(content.base()));
    content.carried().ifPresent(carried -> fields.put("carried", CarriedJson.fields(carried)));
    content.maker().developer().ifPresent(developer -> fields.put("developer", developer));
    if (!content.heads().isEmpty()) {
      fields.put("heads", content.heads().stream().map(PackageContentJson::head).toList());
    }
    content.licence().ifPresent(licence -> fields.put("licence", licence));
    fields.put("method", PackageMethodJson.fields(content.method()));
    fields.put("points", PointGroups.fields(content.points()));
    fields.put("resources", resources(content));
    fields.put("schema", SCHEMA);
    content.task().ifPresent(task -> fields.put("task", task));
    return CanonicalJson.node(fields);
  }

  private static SortedMap<String, Object> base(AdapterClaim.Base base) {
    SortedMap<String, Object> fields = new TreeMap<>();
    if (!base.builds().isEmpty()) {
      fields.put("builds", base.builds().stream().map(Digest::toString).toList());
    }
    fields.put("interface", base.interfaceId());
    base.tokenizer().ifPresent(digest -> fields.put("tokenizer", digest.toString()));
    fields.put("versions", base.versions().toString());
    fields.put("weights", base.weights().toString());
    return fields;
  }

  private static Map<String, Object> head(PackageContent.Head head) {
    return Map.of("name", head.name(), "shape", head.shape());
  }

  private static Map<String, Object> resources(PackageContent content) {
    PackageResources resources = content.resources();
    return Map.of(
        "bytes", resources.bytes(),
        "macs", resources.macs(),
        "parameters", resources.parameters());
  }

  /** The shortest decimal number that reads back as the same double. */
  static String decimal(double value) {
    return new BigDecimal(Double.toString(value)).stripTrailingZeros().toPlainString();
  }

  static PackageContent read(Fields fields) {
    fields.allowOnly(
        "answers",
        "base",
        "carried",
        "developer",
        "heads",
        "licence",
        "method",
        "points",
        "resources",
        "schema",
        "task");
    String schema = fields.string("schema");
    if (!schema.equals(SCHEMA)) {
      throw PackageError.UNKNOWN_SCHEMA.at(fields.file(), "content.schema", schema, SCHEMA);
    }
    Fields base =
        fields.object("base").allowOnly("builds", "interface", "tokenizer", "versions", "weights");
    PackageContent content =
        new PackageContent(
            new AdapterClaim.Base(
                base.string("interface"),
                parsed(
                    base,
                    "versions",
                    VersionRange::parse,
                    "versions that nothing breaks between: >=1.0.0 <2.0.0"),
                base.has("tokenizer")
                    ? Optional.of(parsed(base, "tokenizer", PackageContentJson::digest, "sha256:…"))
                    : Optional.empty(),
                parsed(base, "weights", PackageContentJson::digest, "sha256:…"),
                builds(base)),
            PackageMethodJson.read(fields.object("method")),
            PointGroups.read(fields),
            heads(fields),
            maker(fields),
            fields.has("answers")
                ? OptionalDouble.of(
                    parsed(
                        fields.object("answers").allowOnly("kl"),
                        "kl",
                        PackageContentJson::number,
                        "a decimal number"))
                : OptionalDouble.empty(),
            fields.optionalObject("carried").map(CarriedJson::read));
    fields.optionalObject("resources").ifPresent(stated -> requireResources(stated, content));
    return content;
  }

  private static void requireResources(Fields fields, PackageContent content) {
    fields.allowOnly("bytes", "macs", "parameters");
    PackageResources stated =
        new PackageResources(
            fields.integer("parameters", 0, Long.MAX_VALUE),
            fields.integer("bytes", 0, Long.MAX_VALUE),
            fields.integer("macs", 0, Long.MAX_VALUE));
    if (!stated.equals(content.resources())) {
      throw PackageError.RESOURCES_DIFFER.at(
          fields.file(), "content.resources", stated, content.resources());
    }
  }

  private static PackageContent.Maker maker(Fields fields) {
    Optional<String> developer = fields.optionalString("developer");
    developer.ifPresent(name -> PackageRequest.requireName(fields.file(), name));
    Optional<JsonNode> task = fields.optionalObject("task").map(Fields::node);
    task.ifPresent(stated -> PromptText.require(fields.file(), stated));
    return new PackageContent.Maker(developer, fields.optionalString("licence"), task);
  }

  private static List<PackageContent.Head> heads(Fields fields) {
    List<PackageContent.Head> heads = new ArrayList<>();
    String last = "";
    for (Fields head : fields.has("heads") ? fields.objects("heads") : List.<Fields>of()) {
      head.allowOnly("name", "shape");
      String name = head.string("name");
      long[] shape = head.integers("shape", 1, MAX_WIDTH);
      if (name.compareTo(last) <= 0 || shape.length > MAX_AXES) {
        throw bad(
            head,
            "name",
            "each weight once, sorted by name, of up to %d dimensions".formatted(MAX_AXES));
      }
      last = name;
      heads.add(new PackageContent.Head(name, LongStream.of(shape).boxed().toList()));
    }
    return heads;
  }

  private static List<Digest> builds(Fields base) {
    List<Digest> builds = new ArrayList<>();
    for (String text : base.strings("builds")) {
      Digest build = digest(text).orElseThrow(() -> badBuild(base, text));
      if (!builds.isEmpty() && builds.getLast().toString().compareTo(text) >= 0) {
        throw badBuild(base, text);
      }
      builds.add(build);
    }
    return builds;
  }

  private static ProblemException badBuild(Fields base, String found) {
    return PackageError.BAD_FIELD.at(
        base.file(), "content.base.builds", found, "digests, each once, sorted");
  }

  static Optional<Double> number(String text) {
    return text.matches("[0-9]{1,7}(\\.[0-9]{1,24})?")
        ? Optional.of(Double.parseDouble(text))
        : Optional.empty();
  }

  private static Optional<Digest> digest(String text) {
    return text.matches("sha256:[0-9a-f]{64}") ? Optional.of(Digest.parse(text)) : Optional.empty();
  }

  static <T> T parsed(
      Fields fields, String name, Function<String, Optional<T>> parse, String expected) {
    return parse.apply(fields.string(name)).orElseThrow(() -> bad(fields, name, expected));
  }

  static ProblemException bad(Fields fields, String name, String expected) {
    String path = fields.path().isEmpty() ? name : fields.path() + "." + name;
    return PackageError.BAD_FIELD.at(
        fields.file(), "content." + path, fields.string(name), expected);
  }
}
