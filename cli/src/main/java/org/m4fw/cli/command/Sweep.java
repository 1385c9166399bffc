package org.m4fw.cli.command;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.m4fw.base.file.TemporaryDirectory;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.base.progress.Progress;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.cli.model.ModelRequest;
import org.m4fw.cli.pipeline.CacheDirectory;
import org.m4fw.cli.pipeline.CheckpointStage;
import org.m4fw.cli.pipeline.ComponentQuantization;
import org.m4fw.cli.pipeline.Resources;
import org.m4fw.cli.pipeline.TargetModel;
import org.m4fw.graph.importer.ModelImporter;
import org.m4fw.graph.ir.Model;
import org.m4fw.quantizer.Overrides;
import org.m4fw.quantizer.Scheme;
import org.m4fw.quantizer.budget.Budget;
import org.m4fw.quantizer.budget.BudgetError;
import org.m4fw.quantizer.kernel.ScaleChoice;
import org.m4fw.quantizer.method.AwqMethod;
import org.m4fw.quantizer.method.GptqMethod;
import org.m4fw.quantizer.method.RoundToNearestMethod;
import org.m4fw.quantizer.report.QuantizationReport;
import org.m4fw.quantizer.report.SweepReport;

/**
 * Quantizes a model in several ways, one after the other, and measures each. What they write is in
 * a temporary directory and gone afterwards; what calibration finishes stays in the cache.
 *
 * @param calibration data; without it there is one method
 */
record Sweep(Path model, Overrides overrides, Optional<Path> calibration, MeasureOptions measure) {
  private static final List<String> SCHEMES = List.of("int4-g128", "int4-g64", "int4-g32", "int8");
  private static final List<Double> BITS = List.of(4.25, 5.0, 6.0);

  /** One way of quantizing. */
  private record Way(String name, String method, String scheme, Optional<Budget> budget) {}

  SweepReport run(Progress progress) {
    List<SweepReport.Attempt> attempts = new ArrayList<>();
    try (Resources resources = new Resources();
        Checkpoint checkpoint = Checkpoint.open(model)) {
      if (checkpoint.onnx().isPresent()) {
        throw CommandError.GRAPH_AND_WEIGHTS.at(model, "");
      }
      checkpoint.notes().forEach(progress::warn);
      Model imported = ModelImporter.importModel(checkpoint);
      for (Way way : ways()) {
        try {
          attempts.add(attempt(checkpoint, imported, way, quantization(way, resources), progress));
        } catch (ProblemException e) {
          // Narrow layers fill their blocks up and cannot be that small.
          if (e.problem().code() != BudgetError.TOO_FEW_BITS) {
            throw e;
          }
          progress.warn("%s is left out: %s".formatted(way.name(), e.problem().message()));
        }
      }
    }
    return new SweepReport(
        String.valueOf(model.toAbsolutePath().normalize().getFileName()), attempts);
  }

  private List<Way> ways() {
    List<String> methods =
        calibration.isPresent()
            ? List.of(RoundToNearestMethod.ID, AwqMethod.ID, GptqMethod.ID)
            : List.of(RoundToNearestMethod.ID);
    List<Way> ways = new ArrayList<>();
    for (String method : methods) {
      SCHEMES.forEach(scheme -> ways.add(new Way(scheme, method, scheme, Optional.empty())));
    }
    for (double bits : BITS) {
      ways.add(
          new Way(
              bits + " bits",
              methods.getLast(),
              "int4",
              Optional.of(Budget.bits("", "--sweep", bits))));
    }
    return ways;
  }

  private TargetModel.Quantization quantization(Way way, Resources resources) {
    boolean calibrated = way.budget().isPresent() || !way.method().equals(RoundToNearestMethod.ID);
    return ComponentQuantization.of(
        new ComponentQuantization.Place("", "--"),
        Optional.of(Scheme.parse("--sweep", way.scheme())),
        overrides,
        way.method(),
        calibration.filter(data -> calibrated),
        ComponentQuantization.Care.none(),
        way.budget(),
        resources);
  }

  private SweepReport.Attempt attempt(
      Checkpoint checkpoint,
      Model imported,
      Way way,
      TargetModel.Quantization quantization,
      Progress progress) {
    try (TemporaryDirectory scratch = TemporaryDirectory.create()) {
      Path out = scratch.path().resolve("model");
      QuantizationReport weights =
          CheckpointStage.write(
              checkpoint,
              imported,
              quantization,
              CacheDirectory.ofUser(),
              ScaleChoice.SEARCH,
              out,
              progress);
      ModelRequest before = ModelRequest.of(model);
      ModelRequest after = ModelRequest.of(out);
      return new SweepReport.Attempt(
          way.name(),
          way.method(),
          weights,
          measure.predictions(before, after, progress),
          measure.outputs(before, after, MeasureOptions.Outputs::none, progress).qualities());
    }
  }
}
