package org.m4fw.cli.estimate;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedSet;
import java.util.TreeSet;
import org.m4fw.cli.console.Json;
import org.m4fw.cli.inspect.PlainOnnx;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.tflite.LiteNames;
import org.m4fw.targets.Operator;
import org.m4fw.targets.Target;
import org.m4fw.targets.Targets;
import tools.jackson.databind.node.ObjectNode;

/** Figure 14: the types of operators in the graphs, and which of them devices have. */
final class OperatorTable {
  private OperatorTable() {}

  static Report.Section of(PaperFigures paper, PublishedModels models) {
    SortedSet<String> types = new TreeSet<>();
    SortedSet<String> speech = new TreeSet<>();
    for (var entry : models.modules().entrySet()) {
      types(entry.getValue(), entry.getKey().equals("TTS_dec") ? speech : types);
    }
    SortedSet<String> all = new TreeSet<>(types);
    all.addAll(speech);
    List<List<String>> rows = new ArrayList<>();
    ObjectNode json = Json.object().put("types", types.size()).put("types_with_speech", all.size());
    for (Target target : Targets.all()) {
      SortedSet<String> missing = missing(target, all);
      SortedSet<String> withoutSpeech = missing(target, types);
      rows.add(
          List.of(
              target.id(),
              share(types.size() - withoutSpeech.size(), types.size()),
              share(all.size() - missing.size(), all.size()),
              missing.isEmpty() ? "-" : String.join(" ", missing)));
      ObjectNode row = json.withArray("targets").addObject().put("id", target.id());
      row.put("has", types.size() - withoutSpeech.size());
      row.put("has_with_speech", all.size() - missing.size());
      Json.put(row, "missing", missing);
    }
    PaperFigures.Operators theirs = paper.operators();
    return new Report.Section(
        "figure_14",
        "Figure 14: types of ONNX operators",
        List.of(
            "%d types without the generator of speech, %d with VITS; the paper counts %d in graphs that an exporter made, and %d in those of 50 task-specific models"
                .formatted(types.size(), all.size(), theirs.types(), theirs.specificTypes()),
            "the paper's NPU has %d %% of its types (%d %% of the task-specific models'), by a list that was not published"
                .formatted(theirs.npuPercent(), theirs.specificNpuPercent()),
            "counted is what a target has under the operator's own name or, for LiteRT, as the operator that does the same; what is missing is rewritten when a graph is compiled"),
        List.of("target", ">without speech", ">with speech", "missing"),
        rows,
        json,
        List.of());
  }

  private static void types(Model model, SortedSet<String> into) {
    for (Graph graph : model.parts().values()) {
      into.addAll(PlainOnnx.operators(graph));
    }
  }

  private static SortedSet<String> missing(Target target, SortedSet<String> types) {
    SortedSet<String> missing = new TreeSet<>(types);
    missing.removeIf(type -> has(target, type));
    return missing;
  }

  private static boolean has(Target target, String type) {
    return target.supports(Operator.ONNX, type)
        || LiteNames.of(type).filter(name -> target.supports(Operator.LITE, name)).isPresent();
  }

  private static String share(int part, int whole) {
    return String.format(Locale.ROOT, "%d of %d, %.0f %%", part, whole, 100.0 * part / whole);
  }
}
