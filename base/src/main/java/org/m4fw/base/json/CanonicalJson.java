package org.m4fw.base.json;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Writes JSON in the one form that RFC 8785 allows, restricted to documents without floating-point
 * numbers: no white space, keys sorted by UTF-16 code units, integers within ±(2^53−1), strings
 * with the shortest escapes.
 */
public final class CanonicalJson {
  private static final long MAX_INTEGER = (1L << 53) - 1;

  private CanonicalJson() {}

  /**
   * The canonical bytes.
   *
   * @throws IllegalArgumentException if the document holds a float or an integer beyond 2^53−1
   */
  public static byte[] bytes(JsonNode node) {
    StringBuilder text = new StringBuilder();
    write(node, text);
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  /**
   * A document out of plain values: {@link Map} with string keys, {@link Collection}, {@link
   * String}, {@link Boolean}, {@link Integer}, {@link Long}, {@link JsonNode}.
   */
  public static JsonNode node(Object value) {
    JsonNodeFactory factory = JsonNodeFactory.instance;
    return switch (value) {
      case JsonNode node -> node;
      case String s -> factory.stringNode(s);
      case Boolean b -> factory.booleanNode(b);
      case Integer i -> factory.numberNode(i.longValue());
      case Long l -> factory.numberNode(l);
      case Map<?, ?> map -> {
        var object = factory.objectNode();
        map.forEach((key, element) -> object.set((String) key, node(element)));
        yield object;
      }
      case Collection<?> list -> {
        var array = factory.arrayNode();
        list.forEach(element -> array.add(node(element)));
        yield array;
      }
      default ->
          throw new IllegalArgumentException("no canonical form for " + value.getClass().getName());
    };
  }

  private static void write(JsonNode node, StringBuilder out) {
    if (node.isObject()) {
      List<String> names = new ArrayList<>(node.propertyNames());
      names.sort(null);
      String separator = "{";
      for (String name : names) {
        out.append(separator);
        writeString(name, out);
        out.append(':');
        write(node.get(name), out);
        separator = ",";
      }
      out.append(names.isEmpty() ? "{}" : "}");
    } else if (node.isArray()) {
      out.append('[');
      for (int i = 0; i < node.size(); i++) {
        if (i > 0) {
          out.append(',');
        }
        write(node.get(i), out);
      }
      out.append(']');
    } else if (node.isString()) {
      writeString(node.stringValue(), out);
    } else if (node.isIntegralNumber()
        && node.canConvertToLong()
        && Math.abs(node.longValue()) <= MAX_INTEGER) {
      out.append(node.longValue());
    } else if (node.isBoolean() || node.isNull()) {
      out.append(node);
    } else {
      throw new IllegalArgumentException("no canonical form for " + node);
    }
  }

  private static void writeString(String string, StringBuilder out) {
    out.append('"');
    int written = 0;
    for (int i = 0; i < string.length(); i++) {
      char c = string.charAt(i);
      if (Character.isSurrogate(c) && !pairAt(string, i)) {
        throw new IllegalArgumentException("a lone surrogate has no canonical form");
      }
      if (c < 0x20 || c == '"' || c == '\\') {
        out.append(string, written, i).append(escape(c));
        written = i + 1;
      }
    }
    out.append(string, written, string.length()).append('"');
  }

  private static String escape(char c) {
    return switch (c) {
      case '"' -> "\\\"";
      case '\\' -> "\\\\";
      case '\b' -> "\\b";
      case '\f' -> "\\f";
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      case '\t' -> "\\t";
      default -> "\\u00" + Character.forDigit(c >> 4, 16) + Character.forDigit(c & 15, 16);
    };
  }

  private static boolean pairAt(String string, int i) {
    char c = string.charAt(i);
    return Character.isHighSurrogate(c)
        ? i + 1 < string.length() && Character.isLowSurrogate(string.charAt(i + 1))
        : i > 0 && Character.isHighSurrogate(string.charAt(i - 1));
  }
}
