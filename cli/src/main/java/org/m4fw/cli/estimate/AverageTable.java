package org.m4fw.cli.estimate;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.SequencedMap;
import org.m4fw.cli.adapter.TaskCatalogue;
import org.m4fw.cli.console.Json;
import org.m4fw.graph.cost.Roofline;
import org.m4fw.graph.cost.Work;
import org.m4fw.graph.ir.Model;
import org.m4fw.quantizer.Overrides;
import org.m4fw.quantizer.Scheme;
import org.m4fw.targets.Target;
import tools.jackson.databind.node.ObjectNode;

/** Figures 12 and 13: the mean time over the 50 tasks, by the way that they go. */
final class AverageTable {
  private final PaperFigures paper;
  private final PublishedModels models;
  private final Map<String, TargetComponent> components = new HashMap<>();

  private AverageTable(PaperFigures paper, PublishedModels models) {
    this.paper = paper;
    this.models = models;
  }

  /** Tasks that take the same modules and write as many tokens. */
  private record Kind(int path, List<String> modules, int answer) {
    String text() {
      return String.join(" + ", modules) + (answer > 1 ? ", %d tokens".formatted(answer) : "");
    }
  }

  static Report.Section of(
      PaperFigures paper, PublishedModels models, Target cpu, Optional<Target> npu) {
    return new AverageTable(paper, models).section(cpu, npu);
  }

  private Report.Section section(Target cpu, Optional<Target> npu) {
    SequencedMap<Kind, Integer> counts = new LinkedHashMap<>();
    TaskCatalogue.load().tasks().stream()
        .map(this::kind)
        .sorted(java.util.Comparator.comparingInt(Kind::path).thenComparing(Kind::text))
        .forEach(kind -> counts.merge(kind, 1, Integer::sum));
    List<List<String>> rows = new ArrayList<>();
    ObjectNode json = Json.object();
    int tasks = 0;
    double least = 0;
    OptionalDouble expected = OptionalDouble.of(0);
    OptionalDouble onNpu = OptionalDouble.of(0);
    for (Map.Entry<Kind, Integer> entry : counts.entrySet()) {
      Roofline.Time time = time(entry.getKey(), cpu);
      Optional<Roofline.Time> other = npu.map(target -> time(entry.getKey(), target));
      int count = entry.getValue();
      tasks += count;
      least += count * time.least().orElse(0);
      expected = add(expected, count, time.expected());
      onNpu = add(onNpu, count, other.map(Roofline.Time::least).orElse(OptionalDouble.empty()));
      rows.add(
          List.of(
              Integer.toString(entry.getKey().path()),
              entry.getKey().text(),
              Integer.toString(count),
              Seconds.text(time.least()),
              Seconds.text(time.expected()),
              Seconds.text(other.map(Roofline.Time::least).orElse(OptionalDouble.empty()))));
      ObjectNode row = json.withArray("kinds").addObject().put("path", entry.getKey().path());
      Seconds.put(row.put("tasks", count).putObject("cpu"), time);
    }
    OptionalDouble mean = mean(expected, tasks);
    rows.add(
        List.of(
            "",
            "mean",
            Integer.toString(tasks),
            Seconds.text(least / tasks),
            Seconds.text(mean),
            Seconds.text(mean(onNpu, tasks))));
    json.put("mean_least_s", least / tasks);
    Seconds.put(json, "mean_expected_s", mean);
    return new Report.Section(
        "figure_13",
        "Figures 12 and 13: seconds of a task on the Pixel 7 Pro",
        notes(cpu, mean),
        List.of(">path", "modules", ">tasks", ">CPU, least", ">expected", ">NPU, least"),
        rows,
        json,
        List.of());
  }

  private List<String> notes(Target cpu, OptionalDouble mean) {
    PaperFigures.Average theirs = paper.average();
    return List.of(
        "a prompt of %d tokens, an answer of one token where it is a label or a word and of %d where it is a text; labels are embedded before"
            .formatted(paper.promptTokens(), theirs.answerTokens()),
        "paper: %s s on the CPU and, projected, %s s and %s J on the NPU; task-specific models on the CPU %s s and %s J"
            .formatted(
                theirs.cpu(),
                theirs.npu(),
                theirs.npuEnergy(),
                theirs.specificCpu(),
                theirs.specificEnergy()),
        "on the NPU all weights have eight bits, which is what it takes",
        "energy of the mean at the power that follows from the paper: "
            + Seconds.joules(new Roofline(cpu).energy(mean)));
  }

  private static OptionalDouble add(OptionalDouble sum, int count, OptionalDouble value) {
    return sum.isPresent() && value.isPresent()
        ? OptionalDouble.of(sum.getAsDouble() + count * value.getAsDouble())
        : OptionalDouble.empty();
  }

  private static OptionalDouble mean(OptionalDouble sum, int count) {
    return sum.isPresent() ? OptionalDouble.of(sum.getAsDouble() / count) : sum;
  }

  private Kind kind(TaskCatalogue.Task task) {
    List<String> modules = new ArrayList<>();
    if (task.path() == 4) {
      modules.add(task.output().contains("audio") ? "TTS_dec" : "IMG_dec");
    } else if (task.path() != 2) {
      modules.add(encoder(task));
    }
    boolean backbone = task.path() <= 2;
    if (backbone) {
      modules.add("LLaMA");
    }
    boolean writes = backbone && task.output().contains("text");
    return new Kind(task.path(), modules, writes ? paper.average().answerTokens() : 1);
  }

  private static String encoder(TaskCatalogue.Task task) {
    if (task.input().contains("image") || task.input().contains("video")) {
      return "IMG_enc";
    }
    if (task.input().contains("imu")) {
      return "IMU_enc";
    }
    return task.domain().equals("Audio") && task.path() == 1 ? "AUD-I_enc" : "AUD-B_enc";
  }

  private Roofline.Time time(Kind kind, Target target) {
    return kind.modules().stream()
        .map(module -> time(module, kind, target))
        .reduce(Roofline.Time::and)
        .orElseThrow();
  }

  private Roofline.Time time(String module, Kind kind, Target target) {
    PaperFigures.Module figures = paper.module(module);
    TargetComponent component =
        components.computeIfAbsent(
            module + " " + target.id(),
            key ->
                TargetComponent.of(
                    models.module(module),
                    target,
                    Optional.of(Scheme.parse(module, figures.scheme())),
                    Overrides.none()));
    if (module.equals("LLaMA")) {
      Roofline.Time first = decoder(component, paper.promptTokens(), 0);
      return kind.answer() == 1
          ? first
          : first.and(decoder(component, 1, paper.promptTokens()).times(kind.answer() - 1L));
    }
    Work all =
        component.model().parts().keySet().stream()
            .map(part -> component.work(part, Map.of()))
            .reduce(Work::and)
            .orElseThrow();
    return component.time(
        all.macs().isPresent()
            ? all
            : new Work(
                OptionalLong.of(Math.round(Double.parseDouble(figures.gmacs()) * 1e9)),
                all.bytes()));
  }

  private static Roofline.Time decoder(TargetComponent component, long tokens, long past) {
    return component.time(
        component.work(
            Model.DECODER, Map.of("sequence_length", tokens, "past_sequence_length", past)));
  }
}
