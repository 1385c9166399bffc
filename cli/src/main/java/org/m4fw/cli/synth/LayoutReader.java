package org.m4fw.cli.synth;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;
import org.m4fw.checkpoint.DType;
import tools.jackson.databind.JsonNode;

/**
 * Reads a layout:
 *
 * <pre>
 * {"title", "components": [NAME…], "directory", "source", "licence",
 *  "sizes": {"full": {NAME: n…}, "tiny": {…}},
 *  "files": [{"path", "preset"?: "tiny",
 *             "format": "torch"|"safetensors", "dtype", "under"?, "shard_bytes"?: {PRESET: n},
 *             "tensors": {PATTERN: [n|SIZE…]}, "fill"?: {NAME: n|"causal-mask"|"sinusoids"}
 *             | "json": {…} | "text": RESOURCE}]}
 * </pre>
 */
final class LayoutReader {
  private LayoutReader() {}

  static Layout read(String resource, byte[] bytes) {
    Fields fields =
        Fields.of(resource, StrictJson.parse(resource, bytes))
            .allowOnly("title", "components", "directory", "source", "licence", "sizes", "files");
    SortedMap<Preset, Sizes> sizes = new TreeMap<>();
    for (Preset preset : Preset.values()) {
      sizes.put(preset, new Sizes(numbers(fields.object("sizes").object(preset.id()))));
    }
    return new Layout(
        fields.string("title"),
        fields.strings("components"),
        fields.string("directory"),
        fields.string("source"),
        fields.string("licence"),
        sizes,
        fields.objects("files").stream().map(LayoutReader::file).toList());
  }

  private static SortedMap<String, Long> numbers(Fields fields) {
    SortedMap<String, Long> numbers = new TreeMap<>();
    for (String name : fields.names()) {
      numbers.put(name, fields.integer(name, 0, Long.MAX_VALUE));
    }
    return numbers;
  }

  private static Layout.File file(Fields fields) {
    return new Layout.File(
        fields.string("path"),
        fields.optionalString("preset").map(LayoutReader::preset),
        content(fields));
  }

  private static Preset preset(String id) {
    return Preset.valueOf(id.toUpperCase(java.util.Locale.ROOT));
  }

  private static Content content(Fields fields) {
    if (fields.has("json")) {
      return new Content.Document(fields.object("json").node());
    }
    if (fields.has("text")) {
      return new Content.Copy(fields.string("text"));
    }
    SequencedMap<String, List<JsonNode>> tensors = new LinkedHashMap<>();
    for (var entry : fields.object("tensors").node().properties()) {
      List<JsonNode> dims = new ArrayList<>();
      entry.getValue().forEach(dims::add);
      tensors.put(entry.getKey(), dims);
    }
    SortedMap<String, Content.Fill> fills = new TreeMap<>();
    fields
        .optionalObject("fill")
        .ifPresent(
            fill -> fill.names().forEach(name -> fills.put(name, fill(fill.node().get(name)))));
    return new Content.Weights(
        container(fields), DType.valueOf(fields.string("dtype")), tensors, fills);
  }

  private static Content.Container container(Fields fields) {
    if (fields.string("format").equals("torch")) {
      return new Content.Container.Torch(fields.optionalString("under"));
    }
    SortedMap<Preset, Long> limits = new TreeMap<>();
    Optional<Fields> stated = fields.optionalObject("shard_bytes");
    stated.ifPresent(bytes -> numbers(bytes).forEach((id, n) -> limits.put(preset(id), n)));
    return new Content.Container.Safetensors(limits);
  }

  private static Content.Fill fill(JsonNode node) {
    return switch (node.asString("")) {
      case "causal-mask" -> new Content.Fill.CausalMask();
      case "sinusoids" -> new Content.Fill.Sinusoids();
      default -> new Content.Fill.Constant(node.floatValue());
    };
  }
}
