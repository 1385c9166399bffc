package org.m4fw.graph.importer;

import java.util.Arrays;
import java.util.List;
import org.m4fw.base.json.Fields;

/** Refuses options of a configuration that would change the graph in a way that is not built. */
final class Supported {
  private Supported() {}

  /**
   * One of the given words; the first is the original's default.
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link ImportError#UNSUPPORTED_OPTION}
   */
  static String word(Fields config, String name, String... supported) {
    String found = config.optionalString(name).orElse(supported[0]);
    if (!Arrays.asList(supported).contains(found)) {
      throw refused(config, name, found, String.join(", ", supported));
    }
    return found;
  }

  /** A list of the given words. */
  static List<String> words(
      Fields config, String name, List<String> otherwise, String... supported) {
    List<String> found = config.has(name) ? config.strings(name) : otherwise;
    for (String word : found) {
      if (!Arrays.asList(supported).contains(word)) {
        throw refused(config, name, word, String.join(", ", supported));
      }
    }
    return found;
  }

  /** Switches that have to be off. */
  static void off(Fields config, String... names) {
    for (String name : names) {
      if (config.bool(name, false)) {
        throw refused(config, name, true, "false");
      }
    }
  }

  /** Options that must not be set. */
  static void absent(Fields config, String... names) {
    for (String name : names) {
      if (config.has(name)) {
        throw refused(config, name, config.node().get(name), "null");
      }
    }
  }

  /** A factor that has to be 1. */
  static void one(Fields config, String... names) {
    for (String name : names) {
      double found = config.number(name, 1);
      if (found != 1) {
        throw refused(config, name, found, "1");
      }
    }
  }

  private static RuntimeException refused(
      Fields config, String name, Object found, String supported) {
    return ImportError.UNSUPPORTED_OPTION.at(config.file(), name, found, supported);
  }
}
