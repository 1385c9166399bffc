package org.m4fw.cli.estimate;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.m4fw.base.page.Axis;
import org.m4fw.base.page.Plot;
import org.m4fw.cli.console.Json;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Weight;
import org.m4fw.quantizer.Overrides;
import org.m4fw.quantizer.Scheme;
import org.m4fw.targets.Target;
import tools.jackson.databind.node.ObjectNode;

/** Figure 11: storage and memory over the number of tasks. */
final class TaskCurve {
  private static final List<String> BACKBONES = List.of("int4-g32", "int8", "f16");
  private static final int[] SHOWN = {0, 1, 5, 10, 15, 20, 25, 30, 40, 50};

  private final PaperFigures.Scaling scaling;
  private final PublishedModels models;
  private final PaperFigures paper;
  private final Target target;

  private TaskCurve(PaperFigures paper, PublishedModels models, Target target) {
    this.paper = paper;
    this.scaling = paper.scaling();
    this.models = models;
    this.target = target;
  }

  static Report.Section of(PaperFigures paper, PublishedModels models, Target target) {
    return new TaskCurve(paper, models, target).section();
  }

  private Report.Section section() {
    long adapter = adapterBytes();
    List<Long> bases = BACKBONES.stream().map(this::base).toList();
    List<String> headings = new ArrayList<>(List.of(">tasks"));
    BACKBONES.forEach(scheme -> headings.add(">backbone " + scheme));
    headings.add(">50 models, stored");
    headings.add(">in memory");
    List<List<String>> rows = new ArrayList<>();
    ObjectNode json = Json.object().put("adapter_bytes", adapter);
    for (int tasks : SHOWN) {
      List<String> row = new ArrayList<>(List.of(Integer.toString(tasks)));
      bases.forEach(base -> row.add(Seconds.gigabytes(base + tasks * (double) adapter)));
      row.add(Seconds.gigabytes(specific(scaling.specificStorage(), tasks)));
      row.add(Seconds.gigabytes(specific(scaling.specificMemory(), tasks)));
      rows.add(row);
    }
    for (int tasks = 0; tasks <= scaling.tasks(); tasks++) {
      ObjectNode node = json.withArray("tasks").addObject().put("tasks", tasks);
      for (int i = 0; i < bases.size(); i++) {
        node.put(BACKBONES.get(i), bases.get(i) + tasks * adapter);
      }
    }
    return new Report.Section(
        "figure_11",
        "Figure 11: weights and adapters over the number of tasks",
        notes(bases.getFirst(), adapter, json),
        headings,
        rows,
        json,
        List.of(plot(bases, adapter)));
  }

  private List<String> notes(long base, long adapter, ObjectNode json) {
    double perTask = specific(scaling.specificStorage(), 1);
    long even = (long) Math.ceil(base / (perTask - adapter));
    double growth = 100.0 * scaling.tasks() * adapter / base;
    json.put("break_even_tasks", even).put("growth_percent", growth);
    return List.of(
        "an adapter of rank %d on %s in F16 is %s"
            .formatted(
                scaling.adapterRank(),
                String.join(" and ", scaling.adapterLayers()),
                Seconds.gigabytes((double) adapter)),
        "memory is weights and adapters; caches and activations come on top, and are the same for any number of tasks",
        "with the backbone in four bits, %d adapters add %.1f %% (paper: %s %%)"
            .formatted(scaling.tasks(), growth, scaling.growth()),
        "stored, one model is smaller than task-specific ones from %d tasks on (paper: about %d); theirs grow by %s each on average"
            .formatted(even, scaling.breakEven(), Seconds.gigabytes(perTask)),
        "the paper's %s GB stored are less than the weights of its own Table 1 (7.76 GB with 4 bits for each of the backbone's); ours are more than its %s GB in memory by the scales of blocks of 32 and by embedding and head in eight bits"
            .formatted(scaling.storage(), scaling.memory()));
  }

  private double specific(String gigabytes, int tasks) {
    return Double.parseDouble(gigabytes) * 1e9 / scaling.tasks() * tasks;
  }

  /** Everything but the backbone as the paper has it. */
  private long base(String backbone) {
    return paper.modules().stream()
        .filter(module -> !module.parts().equals(List.of("head")))
        .mapToLong(
            module -> {
              Model model = models.module(module.name());
              boolean isBackbone = module.checkpoint().equals("llama");
              String scheme = isBackbone ? backbone : module.scheme();
              return TargetComponent.of(
                      model,
                      target,
                      Optional.of(Scheme.parse(module.name(), scheme)),
                      Overrides.none())
                  .storage();
            })
        .sum();
  }

  private long adapterBytes() {
    return models.module("LLaMA").weights().values().stream()
        .filter(weight -> weight.role() == Weight.Role.LINEAR)
        .filter(weight -> scaling.adapterLayers().stream().anyMatch(weight.name()::contains))
        .mapToLong(weight -> weight.shape().dim(0) + weight.shape().dim(1))
        .map(widths -> widths * scaling.adapterRank() * Short.BYTES)
        .sum();
  }

  private String plot(List<Long> bases, long adapter) {
    List<Plot.Series> series = new ArrayList<>();
    for (int i = 0; i < bases.size(); i++) {
      long base = bases.get(i);
      series.add(line("one model, " + BACKBONES.get(i), (double) base, (double) adapter));
    }
    series.add(line("50 models, stored", 0, specific(scaling.specificStorage(), 1)));
    series.add(line("50 models, in memory", 0, specific(scaling.specificMemory(), 1)));
    double most = Double.parseDouble(scaling.specificMemory());
    return Plot.of(
        "Bytes over the number of tasks",
        Axis.linear("tasks", DoubleStream.of(0, scaling.tasks()), 6),
        Axis.linear("GB", DoubleStream.of(0, most), 6),
        series);
  }

  private Plot.Series line(String name, double base, double each) {
    return new Plot.Series(
        name,
        IntStream.of(SHOWN)
            .mapToObj(
                tasks ->
                    new Plot.Point(
                        tasks,
                        (base + tasks * each) / 1e9,
                        String.format(
                            Locale.ROOT,
                            "%s, %d tasks: %s",
                            name,
                            tasks,
                            Seconds.gigabytes(base + tasks * each)),
                        ""))
            .toList(),
        true);
  }
}
