package org.m4fw.cli.pipeline;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.base.progress.Progress;
import org.m4fw.graph.fixed.FixedGraph;
import org.m4fw.graph.ir.EncodedWeight;
import org.m4fw.graph.ir.Weight;
import org.m4fw.graph.ir.WeightPlan;
import org.m4fw.graph.legalize.TargetGraph;
import org.m4fw.quantizer.Overrides;
import org.m4fw.quantizer.PlanMaker;
import org.m4fw.quantizer.activation.Calibration;
import org.m4fw.targets.Target;

/** The weights of a model in the bytes of a device that runs .tflite files, and of its host. */
record LiteWeights(
    String name, PreparedModel prepared, TargetModel.Quantization quantization, Progress progress) {

  SortedMap<String, EncodedWeight> encode(Target target, List<FixedGraph> graphs) {
    SortedMap<String, Weight> weights = new TreeMap<>();
    graphs.forEach(graph -> weights.putAll(graph.graph().weights()));
    return encode(target, weights);
  }

  SortedMap<String, EncodedWeight> encode(Target target, SortedMap<String, Weight> weights) {
    return encode(target, weights, plan(target));
  }

  /** What the target that was prepared for is planned to get, or the host what it takes. */
  private WeightPlan plan(Target target) {
    return target.equals(prepared.target())
        ? prepared.plan()
        : PlanMaker.plan(
            prepared.model().weights().values(),
            quantization.scheme(),
            quantization.overrides(),
            Optional.of(target));
  }

  /** What whole numbers do to each part, measured with its weights as they come. */
  SequencedMap<String, LiteCalibration.Measured> measure(
      SequencedMap<String, TargetGraph> legalized,
      SortedMap<String, EncodedWeight> device,
      Calibration calibration,
      LiteSizes asked) {
    SortedMap<String, Weight> weights = new TreeMap<>();
    legalized.values().forEach(graph -> weights.putAll(graph.graph().weights()));
    Target target = prepared.target();
    WeightPlan asTheyCome =
        PlanMaker.plan(weights.values(), Optional.empty(), Overrides.none(), Optional.of(target));
    SortedMap<String, EncodedWeight> plain =
        encode(LiteCalibration.onThisMachine(target), weights, asTheyCome);
    // Samples are not needed any more.
    try (Arena arena = Arena.ofShared()) {
      return LiteCalibration.measure(
          name, legalized, plain, device, calibration, asked.representative(), progress, arena);
    }
  }

  private SortedMap<String, EncodedWeight> encode(
      Target target, SortedMap<String, Weight> weights, WeightPlan plan) {
    Progress told = PreparedModel.told(quantization, progress);
    try (Progress.Stage stage =
        told.stage("quantize %s for %s".formatted(name, target.id()), weights.size())) {
      return prepared.encode(weights, plan, target, stage);
    }
  }
}
