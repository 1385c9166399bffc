package org.m4fw.quantizer.activation;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Values that have to be stored alike, each group by the name of one of them. */
final class ValueGroups {
  private final Map<String, String> parents = new HashMap<>();

  void join(List<String> values) {
    for (String value : values) {
      String a = of(values.getFirst());
      String b = of(value);
      if (!a.equals(b)) {
        // The least name stands for the group, whatever the order.
        parents.put(a.compareTo(b) < 0 ? b : a, a.compareTo(b) < 0 ? a : b);
      }
    }
  }

  /** The name of the group of a value. */
  String of(String value) {
    String name = value;
    for (String parent = parents.get(name); parent != null; parent = parents.get(name)) {
      name = parent;
    }
    return name;
  }
}
