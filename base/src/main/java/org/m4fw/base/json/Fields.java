package org.m4fw.base.json;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/**
 * The fields of a JSON object, each read with its type checked; every error names the file and the
 * field's path. An explicit {@code null} counts as absent, as it does in Hugging Face's files.
 */
public final class Fields {
  private final String file;
  private final String path;
  private final JsonNode node;

  private Fields(String file, String path, JsonNode node) {
    this.file = file;
    this.path = path;
    this.node = node;
  }

  /** Wraps a document, which has to be an object. */
  public static Fields of(String file, JsonNode node) {
    return wrap(file, "", node);
  }

  private static Fields wrap(String file, String path, JsonNode node) {
    if (!node.isObject()) {
      throw JsonError.WRONG_TYPE.at(file, path, describe(node), "an object");
    }
    return new Fields(file, path, node);
  }

  public String file() {
    return file;
  }

  /** Where this object is in the document; empty for the document itself. */
  public String path() {
    return path;
  }

  public JsonNode node() {
    return node;
  }

  public boolean has(String name) {
    return find(name).isPresent();
  }

  /** All names, sorted. */
  public Set<String> names() {
    return new TreeSet<>(node.propertyNames());
  }

  /** Refuses every field that is not listed. */
  public Fields allowOnly(String... names) {
    Set<String> known = new TreeSet<>(List.of(names));
    for (String name : names()) {
      if (!known.contains(name)) {
        throw JsonError.UNKNOWN_FIELD.at(file, at(name), String.join(", ", known));
      }
    }
    return this;
  }

  /** Refuses every field that is not listed, and asks for each that is. */
  public Fields exactly(String... names) {
    return exactly(Set.of(names));
  }

  /** As {@link #exactly(String...)}. */
  public Fields exactly(Set<String> names) {
    allowOnly(names.toArray(String[]::new));
    for (String name : new TreeSet<>(names)) {
      if (!has(name)) {
        throw JsonError.MISSING_FIELD.at(file, at(name));
      }
    }
    return this;
  }

  public String string(String name) {
    return string(name, require(name));
  }

  public Optional<String> optionalString(String name) {
    return find(name).map(value -> string(name, value));
  }

  /** An integer within the bounds, both included. */
  public long integer(String name, long min, long max) {
    return integer(name, require(name), min, max);
  }

  public OptionalLong optionalInteger(String name, long min, long max) {
    Optional<JsonNode> value = find(name);
    return value.isEmpty()
        ? OptionalLong.empty()
        : OptionalLong.of(integer(name, value.get(), min, max));
  }

  /** A finite number, whole or not. */
  public double number(String name) {
    return number(name, require(name));
  }

  public double number(String name, double otherwise) {
    return find(name).map(value -> number(name, value)).orElse(otherwise);
  }

  public boolean bool(String name, boolean otherwise) {
    return find(name)
        .map(
            value -> {
              if (!value.isBoolean()) {
                throw JsonError.WRONG_TYPE.at(file, at(name), describe(value), "true or false");
              }
              return value.booleanValue();
            })
        .orElse(otherwise);
  }

  public Fields object(String name) {
    return wrap(file, at(name), require(name));
  }

  public Optional<Fields> optionalObject(String name) {
    return find(name).map(value -> wrap(file, at(name), value));
  }

  /** The elements of an array of strings; empty if the field is absent. */
  public List<String> strings(String name) {
    List<String> strings = new ArrayList<>();
    for (JsonNode element : array(name)) {
      strings.add(string("%s[%s]".formatted(name, strings.size()), element));
    }
    return List.copyOf(strings);
  }

  /** The elements of an array of objects; empty if the field is absent. */
  public List<Fields> objects(String name) {
    List<Fields> objects = new ArrayList<>();
    for (JsonNode element : array(name)) {
      objects.add(wrap(file, at("%s[%s]".formatted(name, objects.size())), element));
    }
    return List.copyOf(objects);
  }

  /** The elements of an array of integers within the bounds; empty if the field is absent. */
  public long[] integers(String name, long min, long max) {
    List<JsonNode> elements = array(name);
    long[] integers = new long[elements.size()];
    for (int i = 0; i < integers.length; i++) {
      integers[i] = integer("%s[%s]".formatted(name, i), elements.get(i), min, max);
    }
    return integers;
  }

  /** The lists of an array of arrays of integers; empty if the field is absent. */
  public List<List<Integer>> integerLists(String name, int min, int max) {
    List<List<Integer>> lists = new ArrayList<>();
    for (JsonNode element : array(name)) {
      String item = "%s[%s]".formatted(name, lists.size());
      if (!element.isArray()) {
        throw JsonError.WRONG_TYPE.at(file, at(item), describe(element), "an array");
      }
      List<Integer> list = new ArrayList<>();
      for (JsonNode number : element) {
        list.add((int) integer("%s[%s]".formatted(item, list.size()), number, min, max));
      }
      lists.add(List.copyOf(list));
    }
    return List.copyOf(lists);
  }

  private List<JsonNode> array(String name) {
    Optional<JsonNode> value = find(name);
    if (value.isEmpty()) {
      return List.of();
    }
    if (!value.get().isArray()) {
      throw JsonError.WRONG_TYPE.at(file, at(name), describe(value.get()), "an array");
    }
    List<JsonNode> elements = new ArrayList<>();
    value.get().forEach(elements::add);
    return elements;
  }

  private String string(String name, JsonNode value) {
    if (!value.isString()) {
      throw JsonError.WRONG_TYPE.at(file, at(name), describe(value), "a string");
    }
    return value.stringValue();
  }

  private long integer(String name, JsonNode value, long min, long max) {
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      throw JsonError.WRONG_TYPE.at(file, at(name), describe(value), "an integer");
    }
    long number = value.longValue();
    if (number < min || number > max) {
      throw JsonError.OUT_OF_RANGE.at(file, at(name), number, "%s to %s".formatted(min, max));
    }
    return number;
  }

  private double number(String name, JsonNode value) {
    if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
      throw JsonError.WRONG_TYPE.at(file, at(name), describe(value), "a number");
    }
    return value.doubleValue();
  }

  private JsonNode require(String name) {
    return find(name).orElseThrow(() -> JsonError.MISSING_FIELD.at(file, at(name)));
  }

  private Optional<JsonNode> find(String name) {
    JsonNode value = node.get(name);
    return value == null || value.isNull() ? Optional.empty() : Optional.of(value);
  }

  private String at(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  private static String describe(JsonNode node) {
    String text = node.toString();
    return text.length() <= 60 ? text : text.substring(0, 57) + "...";
  }
}
