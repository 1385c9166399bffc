package org.m4fw.cli.estimate;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.cli.console.Json;
import org.m4fw.cli.inspect.ModelDescription;
import org.m4fw.graph.cost.Macs;
import org.m4fw.graph.cost.UsualSizes;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Model;
import tools.jackson.databind.node.ObjectNode;

/** Table 1: parameters and operations of the modules. */
final class ModuleTable {
  /** The paper cuts after four places; a row that differs by more needs a reason. */
  private static final double SAME_PERCENT = 1;

  private ModuleTable() {}

  static Report.Section of(PaperFigures paper, PublishedModels models) {
    List<List<String>> rows = new ArrayList<>();
    List<String> notes = new ArrayList<>();
    ObjectNode json = Json.object();
    for (PaperFigures.Module module : paper.modules()) {
      Model model = models.module(module.name());
      long parameters = model.parameters();
      OptionalLong macs = macs(model, paper.promptTokens());
      double percent = 100 * (parameters / 1e9 / Double.parseDouble(module.parameters()) - 1);
      rows.add(
          List.of(
              module.name(),
              module.parameters(),
              String.format(Locale.ROOT, "%.4f", parameters / 1e9),
              String.format(Locale.ROOT, "%+.1f %%", percent),
              module.gmacs(),
              macs.isPresent() ? ModelDescription.giga(macs.getAsLong()) : "-"));
      ObjectNode row = json.withArray("modules").addObject().put("name", module.name());
      row.put("parameters", parameters).put("paper_parameters", module.parameters());
      macs.ifPresent(count -> row.put("macs", count));
      row.put("paper_gmacs", module.gmacs());
      module.note().ifPresent(note -> notes.add(module.name() + ": " + note));
      if (module.note().isEmpty() && Math.abs(percent) > SAME_PERCENT) {
        notes.add(module.name() + ": differs, and nobody knows why");
      }
    }
    long total = distinct(paper, models);
    notes.add(
        "all weights once: %.4f thousand millions; the paper's rows add up to 8.48, its text says 9.2 and about 10"
            .formatted(total / 1e9));
    json.put("parameters", total);
    return new Report.Section(
        "table_1",
        "Table 1: parameters (thousand millions) and multiply-accumulates (thousand millions; \"GFLOPs\" there)",
        notes,
        List.of("module", ">paper", ">ours", ">difference", ">paper", ">ours"),
        rows,
        json,
        List.of());
  }

  /** Of all parts, each run once; empty where one of them depends on the data. */
  static OptionalLong macs(Model model, long tokens) {
    long sum = 0;
    for (Graph graph : model.parts().values()) {
      OptionalLong macs = Macs.of(graph, sizes(graph, tokens));
      if (macs.isEmpty()) {
        return macs;
      }
      sum += macs.getAsLong();
    }
    return OptionalLong.of(sum);
  }

  /** A backbone reads a prompt; the decoder of speech, which has an encoder's memory, one token. */
  private static Map<String, Long> sizes(Graph graph, long tokens) {
    SortedMap<String, Long> sizes = new TreeMap<>(UsualSizes.SIZES);
    boolean llama = graph.architecture().equals("llama");
    sizes.put("sequence_length", llama ? tokens : 1);
    return sizes;
  }

  /** The last layer of the backbone is a module of its own in the paper, and counted once here. */
  private static long distinct(PaperFigures paper, PublishedModels models) {
    return paper.modules().stream()
        .filter(module -> !(module.checkpoint().equals("llama") && !module.parts().isEmpty()))
        .mapToLong(module -> models.module(module.name()).parameters())
        .sum();
  }
}
