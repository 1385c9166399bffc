package org.m4fw.cli.inspect;

import java.util.ArrayList;
import java.util.List;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.console.Json;
import org.m4fw.cli.console.TextTable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What something is and holds, for people and for programs.
 *
 * @param lines the first one says what it is
 * @param json with a field {@code kind}
 */
public record Description(List<String> lines, ObjectNode json) {
  public Description {
    lines = List.copyOf(lines);
  }

  /** Begins the JSON of a description. */
  static ObjectNode json(String kind, Object path) {
    return Json.object().put("kind", kind).put("path", path.toString());
  }

  /** A first line and a table below it. */
  static List<String> lines(String first, TextTable table) {
    List<String> lines = new ArrayList<>();
    lines.add(first);
    lines.addAll(table.lines());
    return lines;
  }

  public void print(Console console, boolean asJson) {
    if (asJson) {
      console.json(json);
    } else {
      lines.forEach(console::line);
    }
  }
}
