package org.m4fw.cli.estimate;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.m4fw.cli.console.Json;
import org.m4fw.graph.cost.Roofline;
import org.m4fw.graph.cost.Work;
import org.m4fw.quantizer.Overrides;
import org.m4fw.quantizer.Scheme;
import org.m4fw.targets.FigureName;
import org.m4fw.targets.Target;
import tools.jackson.databind.node.ObjectNode;

/** Table 5: the time of each stage on the phone. */
final class StageTable {
  private final PaperFigures paper;
  private final PublishedModels models;
  private final List<List<String>> rows = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private final ObjectNode json = Json.object();

  private StageTable(PaperFigures paper, PublishedModels models) {
    this.paper = paper;
    this.models = models;
  }

  static Report.Section of(
      PaperFigures paper, PublishedModels models, Target cpu, Optional<Target> npu) {
    StageTable table = new StageTable(paper, models);
    paper.stages().forEach(stage -> table.row(stage, cpu, npu));
    table.notes.add(
        "=: a sustained rate of %s comes from this row, so it agrees by construction; the others are predictions"
            .formatted(PaperReport.CPU));
    table.notes.add(
        "the paper's NPU column is its CPU column divided by 20; the backbone's weights are taken in four bits, encoders' in F16 on the CPU, and in eight bits on the NPU; the backbone's are taken in four bits there, too, in the paper's favour: the NPU takes eight, and twice the time");
    return new Report.Section(
        "table_5",
        "Table 5: seconds on the Pixel 7 Pro",
        table.notes,
        List.of(
            "stage",
            ">paper, CPU",
            ">least",
            ">expected",
            "",
            ">paper, NPU",
            ">least",
            ">expected"),
        table.rows,
        table.json,
        List.of());
  }

  private void row(PaperFigures.Stage stage, Target cpu, Optional<Target> npu) {
    PaperFigures.Module module = paper.module(stage.module());
    Roofline.Time onCpu = time(stage, module, cpu);
    // The memory is the same for all processors of the phone.
    boolean fourBits = module.scheme().startsWith("int4");
    Target fastest = fourBits ? memoryOnly(cpu) : npu.orElseGet(() -> memoryOnly(cpu));
    Roofline.Time onNpu = time(stage, module, fastest);
    rows.add(
        List.of(
            stage.name(),
            stage.cpu(),
            Seconds.text(onCpu.least()),
            Seconds.text(onCpu.expected()),
            stage.calibrates() ? "=" : "",
            stage.npu(),
            Seconds.text(onNpu.least()),
            Seconds.text(onNpu.expected())));
    judge(stage.name(), "CPU", stage.cpu(), onCpu, cpu);
    judge(stage.name(), "NPU", stage.npu(), onNpu, cpu);
    ObjectNode row = json.withArray("stages").addObject().put("name", stage.name());
    row.put("paper_cpu_s", stage.cpu()).put("paper_npu_s", stage.npu());
    row.put("calibrates", stage.calibrates());
    Seconds.put(row.putObject("cpu"), onCpu);
    Seconds.put(row.putObject("npu"), onNpu);
  }

  private void judge(
      String stage, String processor, String theirs, Roofline.Time ours, Target target) {
    double paper = Double.parseDouble(theirs);
    OptionalDouble least = ours.least();
    if (least.isPresent() && least.getAsDouble() > paper) {
      double factor = least.getAsDouble() / paper;
      String why =
          ours.limit() == Roofline.Limit.MEMORY
              ? "reading the weights in that time takes %s a second, the phone's memory gives %s"
                  .formatted(
                      Seconds.gigabytes(bandwidth(target) * factor),
                      Seconds.gigabytes(bandwidth(target)))
              : "it takes more operations in that time than the processor has";
      notes.add(
          "%s on the %s: the paper's %s s are beyond a physical limit by a factor of %s: %s"
              .formatted(stage, processor, theirs, factor(factor), why));
    }
  }

  private static String factor(double factor) {
    return String.format(Locale.ROOT, "%.1f", factor);
  }

  private static double bandwidth(Target target) {
    return target.figure(FigureName.MEMORY_BANDWIDTH).orElseThrow().value();
  }

  private Roofline.Time time(PaperFigures.Stage stage, PaperFigures.Module module, Target target) {
    TargetComponent component =
        TargetComponent.of(
            models.module(module.name()),
            target,
            Optional.of(Scheme.parse(module.name(), module.scheme())),
            Overrides.none());
    Map<String, Long> sizes =
        stage.tokens() == 0
            ? Map.of()
            : Map.of(
                "sequence_length",
                (long) stage.tokens(),
                "past_sequence_length",
                (long) stage.past());
    Work work =
        stage.parts().stream()
            .map(part -> component.work(part, sizes))
            .reduce(Work::and)
            .orElseThrow();
    return component.time(work.macs().isPresent() ? work : counted(module, work));
  }

  /** Where our operations depend on the data, the paper's own count. */
  private static Work counted(PaperFigures.Module module, Work work) {
    return new Work(
        OptionalLong.of(Math.round(Double.parseDouble(module.gmacs()) * 1e9)), work.bytes());
  }

  /** Of a processor of which nothing is known but what memory it shares. */
  private static Target memoryOnly(Target target) {
    return new Target(
        target.id(),
        target.description(),
        target.runtime(),
        target.operators(),
        target.encodings(),
        target.activations(),
        Map.of(
            FigureName.MEMORY_BANDWIDTH, target.figure(FigureName.MEMORY_BANDWIDTH).orElseThrow()));
  }
}
