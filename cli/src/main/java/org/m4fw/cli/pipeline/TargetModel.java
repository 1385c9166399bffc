package org.m4fw.cli.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.base.progress.Progress;
import org.m4fw.graph.ir.EncodedWeight;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Weight;
import org.m4fw.graph.ir.WeightPlan;
import org.m4fw.graph.legalize.Legalizer;
import org.m4fw.graph.legalize.QuantizedGraph;
import org.m4fw.graph.legalize.TargetGraph;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.graph.onnx.OnnxCompiler;
import org.m4fw.quantizer.Overrides;
import org.m4fw.quantizer.PlanMaker;
import org.m4fw.quantizer.Scheme;
import org.m4fw.quantizer.WeightStore;
import org.m4fw.quantizer.report.QuantizationReport;
import org.m4fw.quantizer.report.WeightReport;
import org.m4fw.targets.Target;

/**
 * A model made ready for a target.
 *
 * @param legalized the graph in the target's operators
 * @param report what quantization did to each weight, and why it is stored so
 */
public record TargetModel(
    Target target, TargetGraph legalized, CompiledModel compiled, QuantizationReport report) {

  /**
   * How the weights are to be stored.
   *
   * @param scheme empty to keep them as they come
   */
  public record Quantization(Optional<Scheme> scheme, Overrides overrides) {
    /** Weights as they come. */
    public static Quantization none() {
      return new Quantization(Optional.empty(), Overrides.none());
    }

    public static Quantization of(Optional<Scheme> scheme) {
      return new Quantization(scheme, Overrides.none());
    }
  }

  /** Takes a graph through the stages: legalize, plan, quantize, compile. */
  public static TargetModel make(
      String name,
      Graph graph,
      Target target,
      Quantization quantization,
      WeightStore store,
      Progress progress) {
    TargetGraph legalized = Legalizer.legalize(graph, target);
    WeightPlan plan =
        PlanMaker.plan(
            legalized.graph().weights().values(),
            quantization.scheme(),
            quantization.overrides(),
            Optional.of(target));
    List<WeightReport> reports = new ArrayList<>();
    // Where nothing is to be quantized there is nothing to report.
    Progress told = quantization.scheme().isPresent() ? progress : Progress.silent();
    SortedMap<String, EncodedWeight> encoded =
        encode(name, legalized, plan, store, reports, told);
    CompiledModel compiled = OnnxCompiler.compile(name, new QuantizedGraph(legalized, encoded));
    return new TargetModel(target, legalized, compiled, QuantizationReport.of(plan, reports));
  }

  private static SortedMap<String, EncodedWeight> encode(
      String name,
      TargetGraph legalized,
      WeightPlan plan,
      WeightStore store,
      List<WeightReport> reports,
      Progress progress) {
    SortedMap<String, EncodedWeight> encoded = new TreeMap<>();
    Map<String, Weight> weights = legalized.graph().weights();
    String stageName = "quantize %s for %s".formatted(name, legalized.target().id());
    try (Progress.Stage stage = progress.stage(stageName, bytes(weights))) {
      for (Weight weight : weights.values()) {
        Encoding encoding = encoding(plan, weight);
        WeightStore.Stored stored =
            store.encode(weight, encoding, QuantizedGraph.layout(legalized.target(), encoding));
        encoded.put(weight.name(), stored.weight());
        reports.add(stored.report());
        stage.advance(stored.report().bytesBefore());
      }
    }
    return encoded;
  }

  private static Encoding encoding(WeightPlan plan, Weight weight) {
    WeightPlan.Choice choice = plan.choices().get(weight.name());
    if (choice == null) {
      throw new IllegalStateException("no plan for " + weight.name());
    }
    return choice.encoding();
  }

  private static long bytes(Map<String, Weight> weights) {
    return weights.values().stream()
        .mapToLong(
            weight ->
                switch (weight.source()) {
                  case Weight.Source.Stored(var tensor) -> tensor.byteSize();
                  case Weight.Source.Quantized q -> q.data().byteSize() + q.scales().byteSize();
                })
        .sum();
  }
}
