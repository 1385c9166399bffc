package org.m4fw.cli.pipeline;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import org.m4fw.base.page.Html;
import org.m4fw.base.page.Page;
import tools.jackson.databind.JsonNode;

/**
 * The report of a compilation as a page of its own: a picture of every graph, module by module in
 * the order in which they run, each operator a cell in the colour of what runs it; and the rule
 * that decided, once for all operators of a kind.
 */
final class PlacementPage {
  private static final int WIDTH = 912;
  private static final int NAMES = 250;
  private static final int CELL = 9;
  private static final int GAP = 2;
  private static final int PER_LINE = (WIDTH - NAMES) / (CELL + GAP);
  private static final int LONGEST_NAME = 38;

  /** What does most of the work, in the words of ONNX and of TensorFlow Lite. */
  private static final Set<String> HEAVY =
      Set.of(
          "MATMUL",
          "GEMM",
          "CONV",
          "CONVTRANSPOSE",
          "MATMULNBITS",
          "MATMULINTEGER",
          "DYNAMICQUANTIZEMATMUL",
          "GROUPQUERYATTENTION",
          "MULTIHEADATTENTION",
          "FULLY_CONNECTED",
          "BATCH_MATMUL",
          "CONV_2D",
          "DEPTHWISE_CONV_2D",
          "TRANSPOSE_CONV");

  private record Cell(String node, String operator, String placed, String rewrite) {
    boolean isHeavy() {
      int dot = operator.lastIndexOf('.');
      return HEAVY.contains(operator.substring(dot + 1).toUpperCase(Locale.ROOT));
    }

    String hint() {
      return "%s %s: %s%s"
          .formatted(operator, node, placed, rewrite.isEmpty() ? "" : "; rewrite: " + rewrite);
    }
  }

  private record Module(String name, List<Cell> cells) {
    int lines() {
      return (cells.size() + PER_LINE - 1) / PER_LINE;
    }
  }

  private final StringBuilder body = new StringBuilder();

  private PlacementPage() {}

  /**
   * The page.
   *
   * @param name of the model
   * @param report as {@link CompiledOutput} writes it
   */
  static byte[] of(String name, JsonNode report) {
    PlacementPage page = new PlacementPage();
    page.body.append("<h1>%s</h1>\n".formatted(Html.text(name)));
    page.body.append(
        "<p>Where every operator runs. A cell is an operator, a tall one multiplies matrices or"
            + " convolves, a framed one is from a rewrite; point at one for its name.</p>\n");
    for (JsonNode target : report.path("targets")) {
      for (JsonNode graph : target.path("graphs")) {
        page.graph(target, graph);
      }
    }
    return Page.of("Placement of " + name, page.body.toString());
  }

  private void graph(JsonNode target, JsonNode graph) {
    String signature = graph.path("signature").asString("");
    body.append(
        "<h2>%s on %s%s</h2>\n"
            .formatted(
                Html.text(graph.path("part").asString("")),
                Html.text(graph.path("placed").asString(target.path("target").asString(""))),
                signature.isEmpty() ? "" : ", " + Html.text(signature)));
    List<Cell> cells = new ArrayList<>();
    for (JsonNode node : graph.path("nodes")) {
      cells.add(
          new Cell(
              node.path("node").asString(""),
              node.path("operator").asString(""),
              node.path("placed").asString(""),
              node.path("rewrite").asString("")));
    }
    SequencedMap<String, Integer> colours = colours(cells);
    body.append(
        "<p>%s, %s operators%s%s.</p>\n"
            .formatted(
                graph.path("placed").isMissingNode()
                    ? Html.text(target.path("runtime").asString(""))
                    : "The host",
                cells.size(),
                share(graph),
                graph.path("pieces").asLong(1) == 1
                    ? ", in one piece"
                    : ", in %s pieces".formatted(graph.path("pieces").asLong(1))));
    picture(modules(cells), colours);
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode operator : graph.path("operators")) {
      rows.add(
          List.of(
              operator.path("operator").asString(""),
              String.valueOf(operator.path("count").asLong(0)),
              operator.path("placed").asString(""),
              operator.path("why").asString("")));
    }
    body.append(Html.table(List.of("operator", ">count", "runs on", "because"), rows));
  }

  /** How many of the operators the device takes, where that is known. */
  private static String share(JsonNode graph) {
    long operations = graph.path("operations").asLong(0);
    long onDevice = graph.path("on_device").asLong(0);
    return operations == 0
        ? ""
        : String.format(
            Locale.ROOT,
            ", %d of them on the device (%.1f %%)",
            onDevice,
            100.0 * onDevice / operations);
  }

  private static SequencedMap<String, Integer> colours(List<Cell> cells) {
    SequencedMap<String, Integer> colours = new LinkedHashMap<>();
    cells.forEach(cell -> colours.putIfAbsent(cell.placed(), colours.size()));
    return colours;
  }

  /** Operators that follow each other and belong to the same layer of the model. */
  private static List<Module> modules(List<Cell> cells) {
    List<Module> modules = new ArrayList<>();
    for (Cell cell : cells) {
      String name = module(cell.node());
      if (modules.isEmpty() || !modules.getLast().name().equals(name)) {
        modules.add(new Module(name, new ArrayList<>()));
      }
      modules.getLast().cells().add(cell);
    }
    return modules;
  }

  /** {@code model.layers.3} of {@code model.layers.3.mlp.up_proj}: up to the first number. */
  private static String module(String node) {
    String[] parts = node.split("\\.", -1);
    for (int i = 0; i < parts.length; i++) {
      if (!parts[i].isEmpty() && parts[i].chars().allMatch(Character::isDigit)) {
        return String.join(".", List.of(parts).subList(0, i + 1));
      }
    }
    return parts[0];
  }

  private void picture(List<Module> modules, Map<String, Integer> colours) {
    int line = CELL + 2 * GAP + 4;
    int height = modules.stream().mapToInt(Module::lines).sum() * line + GAP;
    body.append(
        "<figure><svg viewBox=\"0 0 %s %s\" role=\"img\" aria-label=\"operators by module\">\n"
            .formatted(WIDTH, height));
    int top = GAP;
    for (Module module : modules) {
      body.append(
          "<text class=\"n\" x=\"%s\" y=\"%s\">%s</text>\n"
              .formatted(NAMES - 10, top + CELL + 2, Html.text(shortened(module.name()))));
      for (int i = 0; i < module.cells().size(); i++) {
        cell(module.cells().get(i), i % PER_LINE, top + i / PER_LINE * line, colours);
      }
      top += module.lines() * line;
    }
    body.append("</svg>\n<figcaption>");
    colours.forEach(
        (place, colour) ->
            body.append(
                "<span><i class=\"s%s\"></i>%s</span>"
                    .formatted(colour % Page.COLOURS, Html.text(place))));
    body.append("</figcaption></figure>\n");
  }

  private void cell(Cell cell, int column, int top, Map<String, Integer> colours) {
    int colour = Optional.ofNullable(colours.get(cell.placed())).orElse(0) % Page.COLOURS;
    int rise = cell.isHeavy() ? 0 : 4;
    body.append(
        "<rect class=\"s%s%s\" x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\"><title>%s</title></rect>\n"
            .formatted(
                colour,
                cell.rewrite().isEmpty() ? "" : " framed",
                NAMES + column * (CELL + GAP),
                top + rise,
                CELL,
                CELL + 4 - rise,
                Html.text(cell.hint())));
  }

  private static String shortened(String name) {
    return name.length() <= LONGEST_NAME
        ? name
        : "…" + name.substring(name.length() - LONGEST_NAME + 1);
  }
}
