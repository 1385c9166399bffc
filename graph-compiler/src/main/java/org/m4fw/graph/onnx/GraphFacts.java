package org.m4fw.graph.onnx;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;
import org.m4fw.checkpoint.onnx.OnnxFile;
import org.m4fw.graph.ir.AttachmentPoint;
import org.m4fw.graph.ir.DecoderGeometry;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.SpecialTokens;
import org.m4fw.graph.legalize.AdapterInputs;
import org.m4fw.graph.onnx.proto.ModelProto;

/**
 * What one has to know to run a compiled graph. Kept in the graph's metadata under the key {@code
 * m4fw} as canonical JSON:
 *
 * <pre>
 * {"adapter_inputs": "none" | "optional" | "required",
 *  "architecture": string,
 *  "arithmetic": "float32" | "float16",
 *  "attachment_points": [{"in": n, "kernel": [n]?, "name": string, "out": n, "scaled": true?}],
 *  "decoder": {"context": n, "head_width": n, "heads": n, "key_value_heads": n, "layers": n,
 *              "vocabulary": n, "width": n}?,
 *  "target": string,
 *  "tokens": {"begin": n?, "end": [n], "padding": n?, "prompt": [n]?, "suppressed": [n]?,
 *             "suppressed_at_begin": [n]?},
 *  "version": 1}
 * </pre>
 *
 * @param arithmetic the type of activations: FLOAT32 or FLOAT16
 * @param decoder what its cache looks like, if it is run token by token
 * @param target the id of the target that the graph was compiled for
 */
public record GraphFacts(
    String architecture,
    String target,
    ElementType arithmetic,
    AdapterInputs adapterInputs,
    Optional<DecoderGeometry> decoder,
    SpecialTokens tokens,
    List<AttachmentPoint> attachmentPoints) {
  static final String KEY = "m4fw";
  private static final int VERSION = 1;
  private static final int MAX = Integer.MAX_VALUE;

  public GraphFacts {
    attachmentPoints = List.copyOf(attachmentPoints);
  }

  byte[] json() {
    List<Object> points = new ArrayList<>();
    for (AttachmentPoint point : attachmentPoints) {
      points.add(fields(point));
    }
    Map<String, Object> special = new LinkedHashMap<>();
    tokens.begin().ifPresent(token -> special.put("begin", token));
    special.put("end", tokens.end());
    tokens.padding().ifPresent(token -> special.put("padding", token));
    putTokens(special, "prompt", tokens.prompt());
    putTokens(special, "suppressed", tokens.suppressed());
    putTokens(special, "suppressed_at_begin", tokens.suppressedAtBegin());
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("version", VERSION);
    facts.put("architecture", architecture);
    facts.put("target", target);
    facts.put("arithmetic", lower(arithmetic));
    facts.put("adapter_inputs", lower(adapterInputs));
    decoder.ifPresent(geometry -> facts.put("decoder", fields(geometry)));
    facts.put("tokens", special);
    facts.put("attachment_points", points);
    return CanonicalJson.bytes(CanonicalJson.node(facts));
  }

  /** Whether an ONNX file was compiled by m4fw. */
  public static boolean areIn(Path file) {
    try (MappedFile mapped = MappedFile.open(file)) {
      return OnnxFile.hasMetadata(file, mapped.segment(), KEY);
    }
  }

  /** The target that a graph was compiled for, if m4fw compiled it. */
  public static Optional<String> target(String file, ModelProto model) {
    return model.getMetadataPropsList().stream()
        .filter(entry -> entry.getKey().equals(KEY))
        .findFirst()
        .map(entry -> read(file, entry.getValueBytes().toByteArray()).target());
  }

  private static void putTokens(Map<String, Object> fields, String name, List<Long> tokens) {
    if (!tokens.isEmpty()) {
      fields.put(name, tokens);
    }
  }

  private static Map<String, Object> fields(AttachmentPoint point) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("name", point.name());
    fields.put("in", point.in());
    fields.put("out", point.out());
    if (!point.kernel().isEmpty()) {
      fields.put("kernel", point.kernel());
    }
    if (point.scaled()) {
      fields.put("scaled", true);
    }
    return fields;
  }

  private static Map<String, Object> fields(DecoderGeometry geometry) {
    return Map.of(
        "layers", geometry.layers(),
        "heads", geometry.heads(),
        "key_value_heads", geometry.keyValueHeads(),
        "head_width", geometry.headWidth(),
        "width", geometry.width(),
        "vocabulary", geometry.vocabulary(),
        "context", geometry.context());
  }

  static GraphFacts read(String file, byte[] json) {
    Fields fields = Fields.of(file, StrictJson.parse(file, json));
    fields.integer("version", VERSION, VERSION);
    Fields tokens = fields.object("tokens");
    List<AttachmentPoint> points = new ArrayList<>();
    for (Fields point : fields.objects("attachment_points")) {
      points.add(
          new AttachmentPoint(
              point.string("name"),
              point.integer("in", 1, MAX),
              point.integer("out", 1, MAX),
              point.bool("scaled", false),
              tokens(point, "kernel")));
    }
    return new GraphFacts(
        fields.string("architecture"),
        fields.string("target"),
        oneOf(ElementType.class, file, "arithmetic", fields.string("arithmetic")),
        oneOf(AdapterInputs.class, file, "adapter_inputs", fields.string("adapter_inputs")),
        fields.optionalObject("decoder").map(GraphFacts::decoder),
        new SpecialTokens(
            token(tokens, "begin"),
            tokens(tokens, "end"),
            token(tokens, "padding"),
            tokens(tokens, "prompt"),
            tokens(tokens, "suppressed"),
            tokens(tokens, "suppressed_at_begin")),
        points);
  }

  private static DecoderGeometry decoder(Fields fields) {
    return new DecoderGeometry(
        size(fields, "layers"),
        size(fields, "heads"),
        size(fields, "key_value_heads"),
        size(fields, "head_width"),
        size(fields, "width"),
        size(fields, "vocabulary"),
        size(fields, "context"));
  }

  private static int size(Fields fields, String name) {
    return Math.toIntExact(fields.integer(name, 1, 1 << 24));
  }

  private static List<Long> tokens(Fields fields, String name) {
    return fields.has(name)
        ? LongStream.of(fields.integers(name, 0, MAX)).boxed().toList()
        : List.of();
  }

  private static OptionalLong token(Fields fields, String name) {
    return fields.optionalInteger(name, 0, MAX);
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(java.util.Locale.ROOT);
  }

  private static <E extends Enum<E>> E oneOf(Class<E> type, String file, String item, String text) {
    for (E value : type.getEnumConstants()) {
      if (lower(value).equals(text)) {
        return value;
      }
    }
    throw OnnxError.BAD_METADATA.at(file, item, text);
  }
}
