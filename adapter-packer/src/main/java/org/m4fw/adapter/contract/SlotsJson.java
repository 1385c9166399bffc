package org.m4fw.adapter.contract;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.m4fw.base.json.Fields;

/** The fields of an interface record that say what is offered besides attachment points. */
final class SlotsJson {
  private static final String HEADS = "heads";
  private static final String PROJECTIONS = "projections";
  private static final String PROMPTS = "prompts";
  private static final int MAX_SLOTS = 10_000;
  private static final int MAX_AXES = 4;

  private SlotsJson() {}

  static SortedMap<String, Object> fields(InterfaceRecord.Slots slots) {
    SortedMap<String, Object> fields = new TreeMap<>();
    put(fields, HEADS, slots.heads().stream().map(SlotsJson::head).toList());
    put(fields, PROJECTIONS, slots.projections().stream().map(SlotsJson::projection).toList());
    put(fields, PROMPTS, slots.prompts().stream().map(SlotsJson::prompt).toList());
    return fields;
  }

  private static void put(SortedMap<String, Object> fields, String name, List<?> list) {
    if (!list.isEmpty()) {
      fields.put(name, list);
    }
  }

  private static Map<String, Object> head(InterfaceHead head) {
    return Map.of("dtypes", head.dtypes(), "name", head.name(), "shape", head.shape());
  }

  private static Map<String, Object> projection(InterfaceProjection projection) {
    return Map.of("in", projection.in(), "name", projection.name(), "out", projection.out());
  }

  private static Map<String, Object> prompt(InterfacePrompt prompt) {
    return Map.of(
        "heads", prompt.heads(),
        "kind", prompt.kind().id(),
        "layers", prompt.layers(),
        "max_tokens", prompt.maxTokens(),
        "module", prompt.module(),
        "width", prompt.width());
  }

  static InterfaceRecord.Slots read(Fields fields) {
    return new InterfaceRecord.Slots(
        list(fields, HEADS, SlotsJson::head, InterfaceHead::name),
        list(fields, PROJECTIONS, SlotsJson::projection, InterfaceProjection::name),
        list(fields, PROMPTS, SlotsJson::prompt, InterfacePrompt::name));
  }

  private static <T> List<T> list(
      Fields fields, String name, Function<Fields, T> read, Function<T, String> key) {
    List<T> items = new ArrayList<>();
    if (!fields.has(name)) {
      return items;
    }
    List<Fields> objects = fields.objects(name);
    if (objects.isEmpty() || objects.size() > MAX_SLOTS) {
      throw ContractError.POINT_COUNT.at(fields.file(), name, objects.size(), MAX_SLOTS);
    }
    SortedSet<String> keys = new TreeSet<>();
    for (Fields object : objects) {
      T item = read.apply(object);
      if (!keys.add(key.apply(item))) {
        throw ContractError.DUPLICATE_POINT.at(fields.file(), object.path(), key.apply(item));
      }
      items.add(item);
    }
    return items;
  }

  private static InterfaceHead head(Fields fields) {
    fields.allowOnly("dtypes", "name", "shape");
    long[] shape = fields.integers("shape", 1, InterfaceJson.MAX_WIDTH);
    if (shape.length > MAX_AXES) {
      throw ContractError.POINT_COUNT.at(
          fields.file(), InterfaceJson.path(fields, "shape"), shape.length, MAX_AXES);
    }
    return new InterfaceHead(
        InterfaceJson.name(fields),
        LongStream.of(shape).boxed().toList(),
        InterfaceJson.words(fields, "dtypes"));
  }

  private static InterfaceProjection projection(Fields fields) {
    fields.allowOnly("in", "name", "out");
    return new InterfaceProjection(
        InterfaceJson.name(fields),
        fields.integer("in", 1, InterfaceJson.MAX_WIDTH),
        fields.integer("out", 1, InterfaceJson.MAX_WIDTH));
  }

  private static InterfacePrompt prompt(Fields fields) {
    fields.allowOnly(HEADS, "kind", "layers", "max_tokens", "module", "width");
    String kind = fields.string("kind");
    String module = fields.string("module");
    if (!module.matches("[a-z][a-z0-9_-]{0,63}")) {
      throw ContractError.BAD_ID.at(fields.file(), InterfaceJson.path(fields, "module"), module);
    }
    return new InterfacePrompt(
        module,
        Arrays.stream(InterfacePrompt.Kind.values())
            .filter(known -> known.id().equals(kind))
            .findFirst()
            .orElseThrow(
                () ->
                    ContractError.UNKNOWN_SCHEMA.at(
                        fields.file(),
                        InterfaceJson.path(fields, "kind"),
                        kind,
                        "text, vectors or cache")),
        fields.integer("max_tokens", 1, InterfaceJson.MAX_WIDTH),
        fields.integer("layers", 1, 1 << 16),
        fields.integer(HEADS, 1, 1 << 16),
        fields.integer("width", 1, InterfaceJson.MAX_WIDTH));
  }
}
