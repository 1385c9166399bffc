package org.m4fw.cli.console;

import java.util.Collection;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Results as JSON, fields in the order in which they are put. */
public final class Json {
  private Json() {}

  public static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  /** A number, or {@code null} where it is infinite or none, which JSON cannot say. */
  public static void put(ObjectNode object, String name, double value) {
    if (Double.isFinite(value)) {
      object.put(name, value);
    } else {
      object.putNull(name);
    }
  }

  public static void put(ObjectNode object, String name, Collection<String> values) {
    ArrayNode array = object.putArray(name);
    values.forEach(array::add);
  }
}
