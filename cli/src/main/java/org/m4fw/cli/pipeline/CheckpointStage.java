package org.m4fw.cli.pipeline;

import java.nio.file.Path;
import java.util.Collection;
import java.util.Optional;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Weight;
import org.m4fw.graph.ir.WeightPlan;
import org.m4fw.quantizer.PlanMaker;
import org.m4fw.quantizer.QuantizedCheckpoint;
import org.m4fw.quantizer.WeightEncoder;
import org.m4fw.quantizer.WeightStore;
import org.m4fw.quantizer.kernel.ScaleChoice;
import org.m4fw.quantizer.method.QuantizationMethod;
import org.m4fw.quantizer.report.QuantizationReport;

/** Takes a model to a quantized checkpoint. */
public final class CheckpointStage {
  private CheckpointStage() {}

  /**
   * Writes the checkpoint. Rounding to the nearest goes straight from file to file: that takes no
   * longer than to look up what was done before an interruption. What other methods finish is kept
   * in the cache.
   *
   * @param scales how rounding to the nearest finds scales
   * @throws org.m4fw.base.problem.ProblemException with the error of whatever stage refuses
   */
  public static QuantizationReport write(
      Checkpoint checkpoint,
      Model imported,
      TargetModel.Quantization quantization,
      CacheDirectory cache,
      ScaleChoice scales,
      Path out,
      Progress progress) {
    String name = checkpoint.directory().toString();
    QuantizationMethod method = quantization.method().method();
    try (WeightStore store = WeightStore.open(cache.weights(), WeightEncoder.create())) {
      Model model = quantization.smoothed(name, imported, store, progress);
      Collection<Weight> weights = model.weights().values();
      WeightPlan wanted =
          PlanMaker.plan(
              weights, quantization.scheme(), quantization.overrides(), Optional.empty());
      WeightPlan plan =
          quantization
              .allotment()
              .map(
                  allotment ->
                      allotment.fit(
                          name, model, wanted, weights, Optional.empty(), store, progress))
              .orElse(wanted);
      QuantizationMethod.Prepared prepared =
          method.prepare(new QuantizationMethod.Job(name, model, plan, store, progress));
      Collection<Weight> ready = prepared.model().weights().values();
      QuantizationReport report =
          prepared.weights() == store
              ? QuantizedCheckpoint.write(
                  checkpoint,
                  ready,
                  plan,
                  out,
                  new WeightEncoder(OrderedWork.onAllCores(), scales),
                  progress)
              : QuantizedCheckpoint.write(
                  checkpoint, ready, plan, out, prepared.key(), prepared.weights(), progress);
      return report.with(quantization.method().used(prepared));
    }
  }
}
