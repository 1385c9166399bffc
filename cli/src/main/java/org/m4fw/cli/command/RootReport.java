package org.m4fw.cli.command;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.console.Json;
import org.m4fw.signing.trust.SignedRoot;
import org.m4fw.signing.trust.TrustRoot;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What is to be said about a trust root that was just written. */
final class RootReport {
  private RootReport() {}

  static void print(
      Console console, boolean json, Path file, SignedRoot root, Optional<TrustRoot> previous) {
    if (json) {
      ObjectNode report = Json.object().put("file", file.toString());
      report.put("version", root.root().version());
      ArrayNode counts = report.putArray("signatures");
      put(counts, "this", root.counts(root.root()));
      previous.ifPresent(before -> put(counts, "previous", root.counts(before)));
      Keys.put(report, root.root().keys());
      console.json(report);
      return;
    }
    console.line("%s: trust root version %s".formatted(file, root.root().version()));
    Keys.lines(root.root().keys()).forEach(console::line);
    lines("by keys of this root", root.counts(root.root())).forEach(console::line);
    previous.ifPresent(
        before ->
            lines("by keys of the root before it", root.counts(before)).forEach(console::line));
  }

  private static List<String> lines(String whose, List<SignedRoot.Count> counts) {
    List<String> lines = new ArrayList<>();
    for (SignedRoot.Count count : counts) {
      long missing = count.required().threshold() - count.found();
      lines.add(
          "  %s: %s of %s %s signatures%s"
              .formatted(
                  whose,
                  count.found(),
                  count.required().threshold(),
                  count.required().algorithmClass().text(),
                  missing > 0 ? ", %s missing".formatted(missing) : ""));
    }
    return lines;
  }

  private static void put(ArrayNode all, String whose, List<SignedRoot.Count> counts) {
    for (SignedRoot.Count count : counts) {
      all.addObject()
          .put("keys_of", whose)
          .put("class", count.required().algorithmClass().text())
          .put("found", count.found())
          .put("required", count.required().threshold());
    }
  }
}
