package org.m4fw.cli.estimate;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.m4fw.base.progress.Progress;
import org.m4fw.targets.Target;
import org.m4fw.targets.Targets;

/** The tables of the paper, computed from the published components, beside the paper's figures. */
public final class PaperReport {
  /** The phone's processors, by the names of their targets. */
  static final String CPU = "pixel7pro-cpu";

  static final String NPU = "pixel7pro-tpu";

  private PaperReport() {}

  /** The report; the same every time. */
  public static Report make(Progress progress) {
    PaperFigures paper = PaperFigures.load();
    Target cpu = Targets.find(CPU);
    Optional<Target> npu = Targets.all().stream().filter(t -> t.id().equals(NPU)).findFirst();
    try (PublishedModels models = PublishedModels.open(paper, progress)) {
      List<Report.Section> sections = new ArrayList<>();
      sections.add(ModuleTable.of(paper, models));
      sections.add(StageTable.of(paper, models, cpu, npu));
      sections.add(TaskCurve.of(paper, models, cpu));
      sections.add(AverageTable.of(paper, models, cpu, npu));
      sections.add(OperatorTable.of(paper, models));
      return new Report(
          "The tables of Mobile Foundation Model as Firmware, computed",
          "m4fw/estimate-paper/1",
          List.of(
              "Theirs: "
                  + paper.source()
                  + ". Ours: counted from the headers of the published checkpoints, with the figures of the target files; nothing was run."),
          sections);
    }
  }
}
