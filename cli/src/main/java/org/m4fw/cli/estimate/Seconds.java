package org.m4fw.cli.estimate;

import java.util.Locale;
import java.util.OptionalDouble;
import org.m4fw.graph.cost.Roofline;
import tools.jackson.databind.node.ObjectNode;

/** How times and amounts are written. */
final class Seconds {
  private static final String NONE = "-";

  private Seconds() {}

  /** {@code 0.067 s}, with as many places as mean something. */
  static String text(OptionalDouble seconds) {
    return seconds.isPresent() ? text(seconds.getAsDouble()) : NONE;
  }

  static String text(double seconds) {
    if (seconds >= 100) {
      return String.format(Locale.ROOT, "%.0f s", seconds);
    }
    return seconds >= 0.1
        ? String.format(Locale.ROOT, "%.2f s", seconds)
        : seconds >= 0.001
            ? String.format(Locale.ROOT, "%.1f ms", seconds * 1e3)
            : String.format(Locale.ROOT, "%.1f µs", seconds * 1e6);
  }

  static String joules(OptionalDouble energy) {
    if (energy.isEmpty()) {
      return NONE;
    }
    double joules = energy.getAsDouble();
    return joules < 0.1
        ? String.format(Locale.ROOT, "%.2f mJ", joules * 1e3)
        : String.format(Locale.ROOT, joules < 10 ? "%.2f J" : "%.1f J", joules);
  }

  /** {@code 6.74 GB}: a thousand millions, as the paper and makers count. */
  static String gigabytes(double bytes) {
    return bytes >= 1e8
        ? String.format(Locale.ROOT, "%.2f GB", bytes / 1e9)
        : bytes >= 1e5
            ? String.format(Locale.ROOT, "%.2f MB", bytes / 1e6)
            : String.format(Locale.ROOT, "%.2f kB", bytes / 1e3);
  }

  static String limit(Roofline.Time time) {
    return time.limit().name().toLowerCase(Locale.ROOT);
  }

  static void put(ObjectNode node, String name, OptionalDouble value) {
    if (value.isPresent()) {
      node.put(name, value.getAsDouble());
    }
  }

  /** {@code least}, {@code limit} and {@code expected} of a time, in seconds. */
  static ObjectNode put(ObjectNode node, Roofline.Time time) {
    put(node, "least_s", time.least());
    node.put("limit", limit(time));
    put(node, "expected_s", time.expected());
    return node;
  }
}
