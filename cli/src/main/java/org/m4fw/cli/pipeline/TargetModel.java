package org.m4fw.cli.pipeline;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.base.progress.Progress;
import org.m4fw.graph.ir.ActivationPlan;
import org.m4fw.graph.ir.EncodedWeight;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Weight;
import org.m4fw.graph.ir.WeightPlan;
import org.m4fw.graph.legalize.Legalizer;
import org.m4fw.graph.legalize.QuantizedGraph;
import org.m4fw.graph.legalize.TargetGraph;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.graph.onnx.OnnxCompiler;
import org.m4fw.quantizer.EncodedWeights;
import org.m4fw.quantizer.Overrides;
import org.m4fw.quantizer.PlanMaker;
import org.m4fw.quantizer.Scheme;
import org.m4fw.quantizer.WeightStore;
import org.m4fw.quantizer.activation.ActivationError;
import org.m4fw.quantizer.activation.ActivationReport;
import org.m4fw.quantizer.activation.Calibration;
import org.m4fw.quantizer.activation.Observer;
import org.m4fw.quantizer.activation.StaticQuantization;
import org.m4fw.quantizer.budget.Allotment;
import org.m4fw.quantizer.method.MethodChoice;
import org.m4fw.quantizer.report.QuantizationReport;
import org.m4fw.quantizer.report.WeightReport;
import org.m4fw.targets.Target;

/**
 * A model made ready for a target.
 *
 * @param parts its graphs by name, in the order in which they run
 * @param weights in the bytes that its graphs read, by name
 * @param report what quantization did to each weight, and why it is stored so
 * @param activations what quantization did to the values between operators, where the target
 *     computes in whole numbers
 */
public record TargetModel(
    Target target,
    SequencedMap<String, CompiledModel> parts,
    SortedMap<String, EncodedWeight> weights,
    QuantizationReport report,
    List<ActivationReport> activations) {
  public TargetModel {
    parts = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(parts));
    weights = Collections.unmodifiableSortedMap(new TreeMap<>(weights));
    activations = List.copyOf(activations);
  }

  /**
   * How the weights are to be stored.
   *
   * @param scheme empty to keep them as they come, or, for a target that computes in whole numbers,
   *     for eight bits
   * @param method how their numbers are found
   * @param allotment how many bits the linear layers get, if that is not the scheme's business
   * @param ranges what the ranges of activations are measured on, for such a target, and whether
   *     outliers are moved into weights first, for all targets
   */
  public record Quantization(
      Optional<Scheme> scheme,
      Overrides overrides,
      MethodChoice method,
      Optional<Allotment> allotment,
      Optional<Calibration> ranges) {

    /** The same with ranges of activations chosen in this way. */
    public Quantization with(Observer observer) {
      return new Quantization(
          scheme, overrides, method, allotment, ranges.map(measured -> measured.with(observer)));
    }

    /** For this target: one that computes in whole numbers wants weights of eight bits. */
    Quantization over(Target target) {
      boolean integer = scheme.isEmpty() && target.activations().isPresent();
      return integer
          ? new Quantization(
              Optional.of(new Scheme(new Encoding.Int8PerChannel())),
              overrides,
              method,
              allotment,
              ranges)
          : this;
    }

    /** The model with smooth inputs of layers, if that was asked for. */
    Model smoothed(String name, Model model, WeightStore store, Progress progress) {
      return ranges
          .flatMap(
              measured ->
                  measured
                      .smoothing()
                      .map(
                          smoothing ->
                              smoothing.apply(name, model, measured.data(), store, progress)))
          .orElse(model);
    }

    public static Quantization of(Optional<Scheme> scheme) {
      return new Quantization(
          scheme,
          Overrides.none(),
          MethodChoice.roundToNearest(),
          Optional.empty(),
          Optional.empty());
    }
  }

  /** Takes a model through the stages: legalize, plan, quantize, compile. */
  public static TargetModel make(
      String name,
      Model imported,
      Target target,
      Quantization asked,
      WeightStore store,
      Progress progress) {
    if (LiteTargetModel.isFor(target)) {
      throw PipelineError.ONLY_COMPILED.at(name, "--target", target.id());
    }
    Quantization quantization = asked.over(target);
    if (target.activations().isPresent() && quantization.ranges().isEmpty()) {
      throw ActivationError.NO_CALIBRATION.at(name, "--calibration", target.id());
    }
    PreparedModel prepared =
        PreparedModel.of(name, imported, target, quantization, store, progress);
    SequencedMap<String, TargetGraph> legalized = new LinkedHashMap<>();
    prepared
        .model()
        .parts()
        .forEach((part, graph) -> legalized.put(part, Legalizer.legalize(graph, target)));
    List<WeightReport> reports = new ArrayList<>();
    SortedMap<String, EncodedWeight> encoded =
        encode(
            "quantize %s for %s".formatted(name, target.id()),
            target,
            prepared.model().weights(),
            prepared.plan(),
            prepared.method().weights(),
            reports,
            PreparedModel.told(quantization, progress));
    StaticQuantization.Result activations =
        quantization
            .ranges()
            .filter(ranges -> target.activations().isPresent())
            .map(ranges -> calibrate(name, target, legalized, encoded, store, ranges, progress))
            .orElseGet(StaticQuantization.Result::none);
    SequencedMap<String, CompiledModel> parts = new LinkedHashMap<>();
    legalized.forEach(
        (part, graph) ->
            parts.put(
                part,
                compile(
                    name,
                    part,
                    graph,
                    encoded,
                    activations.plans().getOrDefault(part, ActivationPlan.none()))));
    QuantizationReport report = QuantizationReport.of(prepared.plan(), reports);
    return new TargetModel(
        target,
        parts,
        encoded,
        quantization.scheme().isEmpty()
            ? report
            : report.with(quantization.method().used(prepared.method())),
        activations.reports());
  }

  private static StaticQuantization.Result calibrate(
      String name,
      Target target,
      SequencedMap<String, TargetGraph> parts,
      SortedMap<String, EncodedWeight> encoded,
      WeightStore store,
      Calibration calibration,
      Progress progress) {
    SortedMap<String, Weight> weights = new TreeMap<>();
    encoded.forEach((weight, stored) -> weights.put(weight, stored.weight()));
    WeightPlan asTheyCome =
        PlanMaker.plan(weights.values(), Optional.empty(), Overrides.none(), Optional.of(target));
    SortedMap<String, EncodedWeight> plain =
        encode("", target, weights, asTheyCome, store, new ArrayList<>(), Progress.silent());
    return StaticQuantization.quantize(
        "%s for %s".formatted(name, target.id()), parts, plain, encoded, calibration, progress);
  }

  private static SortedMap<String, EncodedWeight> encode(
      String stageName,
      Target target,
      Map<String, Weight> weights,
      WeightPlan plan,
      EncodedWeights source,
      List<WeightReport> reports,
      Progress progress) {
    SortedMap<String, EncodedWeight> encoded = new TreeMap<>();
    try (Progress.Stage stage = progress.stage(stageName, bytes(weights))) {
      for (Weight weight : weights.values()) {
        Encoding encoding = PreparedModel.encoding(plan, weight);
        WeightStore.Stored stored =
            source.encode(weight, encoding, QuantizedGraph.layout(target, weight, encoding));
        encoded.put(weight.name(), stored.weight());
        reports.add(stored.report());
        stage.advance(stored.report().bytesBefore());
      }
    }
    return encoded;
  }

  private static CompiledModel compile(
      String name,
      String part,
      TargetGraph graph,
      SortedMap<String, EncodedWeight> encoded,
      ActivationPlan activations) {
    SortedMap<String, EncodedWeight> used = new TreeMap<>(encoded);
    used.keySet().retainAll(graph.graph().weights().keySet());
    return OnnxCompiler.compile(name + "." + part, new QuantizedGraph(graph, used, activations));
  }

  private static long bytes(Map<String, Weight> weights) {
    return weights.values().stream()
        .mapToLong(
            weight ->
                switch (weight.source()) {
                  case Weight.Source.Stored(var tensor) -> tensor.byteSize();
                  case Weight.Source.Quantized q -> q.bytes();
                })
        .sum();
  }
}
