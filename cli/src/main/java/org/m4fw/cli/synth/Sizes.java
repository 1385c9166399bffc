package org.m4fw.cli.synth;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/** The widths, depths and token numbers of a layout, by name. */
record Sizes(SortedMap<String, Long> values) {
  Sizes {
    values = Collections.unmodifiableSortedMap(new TreeMap<>(values));
  }

  /** A name, or a whole number times a name: {@code 4*width}. */
  long of(String expression) {
    int star = expression.indexOf('*');
    long factor = star < 0 ? 1 : Long.parseLong(expression.substring(0, star));
    Long value = values.get(expression.substring(star + 1));
    if (value == null) {
      throw new IllegalStateException("no size " + expression + " among " + values.keySet());
    }
    return factor * value;
  }
}
