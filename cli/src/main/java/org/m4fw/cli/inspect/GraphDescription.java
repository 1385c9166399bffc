package org.m4fw.cli.inspect;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.m4fw.base.file.FileError;
import org.m4fw.checkpoint.Extent;
import org.m4fw.cli.console.Amounts;
import org.m4fw.cli.console.TextTable;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.graph.onnx.GraphFacts;
import tools.jackson.databind.node.ObjectNode;

/** Describes graphs that m4fw compiled. */
final class GraphDescription {
  /** Graphs hold no weights; one that is larger is none of ours. */
  private static final long MAX_GRAPH = 512L << 20;

  private GraphDescription() {}

  /**
   * Whether a file begins as an ONNX model does (field 1, the version of the format) and is one of
   * ours; those of others are checkpoints.
   */
  static boolean recognizes(Path file) {
    byte[] start = Content.start(file, 2);
    return start.length == 2
        && start[0] == 0x08
        && start[1] > 0
        && start[1] < 32
        && GraphFacts.areIn(file);
  }

  static Description of(Path file) {
    CompiledModel model = read(file);
    GraphFacts facts = model.facts();
    List<String> lines = new ArrayList<>();
    lines.add("%s: a graph for %s".formatted(file, facts.target()));
    ObjectNode json = Description.json("graph", file).put("target", facts.target());
    json.put("architecture", facts.architecture());
    json.put("arithmetic", facts.arithmetic().name().toLowerCase(java.util.Locale.ROOT));
    json.put("adapter_inputs", facts.adapterInputs().name().toLowerCase(java.util.Locale.ROOT));
    json.put("attachment_points", facts.attachmentPoints().size());
    long bytes = model.extents().stream().mapToLong(Extent::length).sum();
    json.put("weights", bytes);
    lines.add(
        "  architecture %s, arithmetic %s, %s attachment points for adapters, weights %s"
            .formatted(
                facts.architecture(),
                facts.arithmetic().name().toLowerCase(java.util.Locale.ROOT),
                facts.attachmentPoints().size(),
                Amounts.bytes(bytes)));
    facts
        .decoder()
        .ifPresent(
            decoder -> {
              lines.add(
                  "  decoder: %s layers, %s heads, %s for keys and values, vocabulary %s, context %s"
                      .formatted(
                          decoder.layers(),
                          decoder.heads(),
                          decoder.keyValueHeads(),
                          decoder.vocabulary(),
                          decoder.context()));
              json.putObject("decoder")
                  .put("layers", decoder.layers())
                  .put("heads", decoder.heads())
                  .put("key_value_heads", decoder.keyValueHeads())
                  .put("vocabulary", decoder.vocabulary())
                  .put("context", decoder.context());
            });
    TextTable table = new TextTable("", ">");
    ObjectNode operators = json.putObject("operators");
    model
        .operatorCounts()
        .forEach(
            (name, count) -> {
              table.row("  " + name, count.toString());
              operators.put(name, count.intValue());
            });
    lines.addAll(table.lines());
    return new Description(lines, json);
  }

  private static CompiledModel read(Path file) {
    try {
      if (Files.size(file) > MAX_GRAPH) {
        throw InspectError.UNKNOWN_FILE.at(file, "");
      }
      return CompiledModel.read(
          file.toString(),
          Files.readAllBytes(file),
          location -> {
            Path data = file.resolveSibling(location);
            return new Extent(data, 0, size(data));
          });
    } catch (IOException e) {
      throw FileError.UNREADABLE.at(file, "", FileError.reason(e));
    }
  }

  private static long size(Path data) {
    try {
      return Files.size(data);
    } catch (IOException e) {
      throw FileError.NOT_FOUND.at(data, "");
    }
  }
}
