package org.m4fw.cli.inspect;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.m4fw.cli.console.TextTable;
import org.m4fw.graph.cost.Macs;
import org.m4fw.graph.cost.UsualSizes;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Port;
import tools.jackson.databind.node.ObjectNode;

/**
 * Describes what a checkpoint is as a model: its parts with their parameters, the operations that
 * they take, and the operators of ONNX that they need.
 */
public final class ModelDescription {
  private static final int GIGA_PLACES = 4;
  private static final int GIGA_DIGITS = 9;

  private final Model model;
  private final SortedMap<String, Long> sizes = new TreeMap<>(UsualSizes.SIZES);
  private final List<String> lines = new ArrayList<>();

  private ModelDescription(Model model, Map<String, Long> asked) {
    this.model = model;
    sizes.putAll(asked);
  }

  /**
   * Adds to a description.
   *
   * @param asked sizes of inputs' axes by name, in the place of the usual ones
   */
  static void describe(Model model, Map<String, Long> asked, List<String> lines, ObjectNode json) {
    ModelDescription description = new ModelDescription(model, asked);
    description.parts(json);
    lines.addAll(description.lines);
  }

  private void parts(ObjectNode json) {
    long leftOut = model.leftOut().values().stream().mapToLong(Long::longValue).sum();
    lines.add(
        "  model %s: %s trained parameters, of which its graphs use %s"
            .formatted(model.architecture(), model.parameters() + leftOut, model.parameters()));
    json.put("model", model.architecture()).put("trained_parameters", model.parameters() + leftOut);
    json.put("graph_parameters", model.parameters());
    ObjectNode out = json.putObject("left_out");
    model.leftOut().forEach((where, count) -> out.put(where, count.longValue()));
    if (leftOut > 0) {
      lines.add("  left out: " + String.join(", ", model.leftOut().keySet()));
    }
    TextTable table = new TextTable("  part", ">parameters", ">GMAC", "for");
    SortedSet<String> union = new TreeSet<>();
    var list = json.putArray("parts");
    model
        .parts()
        .forEach(
            (name, graph) -> {
              SortedSet<String> operators = PlainOnnx.operators(graph);
              union.addAll(operators);
              OptionalLong macs = Macs.of(graph, sizes);
              String axes = axes(graph);
              table.row(
                  "  " + name,
                  Long.toString(graph.parameters()),
                  macs.isPresent() ? giga(macs.getAsLong()) : "-",
                  axes);
              ObjectNode node = list.addObject().put("name", name);
              node.put("parameters", graph.parameters()).put("sizes", axes);
              macs.ifPresent(count -> node.put("macs", count));
              operators.forEach(node.putArray("operators")::add);
            });
    lines.addAll(table.lines());
    lines.add(
        "  %s operator types in plain ONNX: %s".formatted(union.size(), String.join(", ", union)));
    union.forEach(json.putArray("operators")::add);
  }

  /** The sizes that the count is for. */
  private String axes(Graph graph) {
    return graph.inputs().stream()
        .flatMap(port -> port.dims().stream())
        .filter(Port.Dim.Symbolic.class::isInstance)
        .map(dim -> ((Port.Dim.Symbolic) dim).name())
        .distinct()
        .map(name -> sizes.containsKey(name) ? name + " " + sizes.get(name) : name + " ?")
        .collect(Collectors.joining(", "));
  }

  /** In units of 10^9, cut and not rounded, as in the paper's Table 1. */
  public static String giga(long macs) {
    long cut = macs / (long) Math.pow(10, GIGA_DIGITS - GIGA_PLACES);
    long one = (long) Math.pow(10, GIGA_PLACES);
    return "%d.%04d".formatted(cut / one, cut % one);
  }
}
