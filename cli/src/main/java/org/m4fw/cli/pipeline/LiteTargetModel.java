package org.m4fw.cli.pipeline;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.m4fw.base.progress.Progress;
import org.m4fw.checkpoint.Extent;
import org.m4fw.graph.fixed.FixedGraph;
import org.m4fw.graph.ir.EncodedWeight;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Weight;
import org.m4fw.graph.legalize.AdapterInputs;
import org.m4fw.graph.legalize.Legalizer;
import org.m4fw.graph.legalize.QuantizedGraph;
import org.m4fw.graph.legalize.TargetGraph;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.graph.onnx.OnnxCompiler;
import org.m4fw.graph.rewrite.LiteRewrites;
import org.m4fw.graph.tflite.LiteCompiler;
import org.m4fw.graph.tflite.LiteModel;
import org.m4fw.quantizer.WeightStore;
import org.m4fw.quantizer.activation.ActivationError;
import org.m4fw.quantizer.activation.ActivationReport;
import org.m4fw.quantizer.activation.MeasuredRanges;
import org.m4fw.targets.Target;
import org.m4fw.targets.Targets;

/**
 * A model made ready for a target that runs .tflite files.
 *
 * @param host what does that which is not the target's work
 * @param parts in the order in which they run
 * @param hostParts those that are the host's as a whole, see {@link Model#LENGTHS}
 * @param bytesBefore of the weights as they came
 * @param bytesAfter as they are stored for the target, those of the host not counted
 * @param weights as they are stored for the target, by name
 * @param hostWeights as they are stored for the host
 * @param ranges of its values, for a device that takes nothing but whole numbers
 */
public record LiteTargetModel(
    Target target,
    Target host,
    List<Part> parts,
    SequencedMap<String, CompiledModel> hostParts,
    long bytesBefore,
    long bytesAfter,
    SortedMap<String, EncodedWeight> weights,
    SortedMap<String, EncodedWeight> hostWeights,
    Optional<MeasuredRanges> ranges) {
  public LiteTargetModel {
    parts = List.copyOf(parts);
    hostParts = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(hostParts));
    weights = Collections.unmodifiableSortedMap(new TreeMap<>(weights));
    hostWeights = Collections.unmodifiableSortedMap(new TreeMap<>(hostWeights));
  }

  /** What its files and the graphs of its host read of weights that stay as they are. */
  List<Extent> extents() {
    List<Extent> extents = new ArrayList<>();
    for (Part part : parts) {
      part.ways().forEach(way -> way.host().ifPresent(host -> extents.addAll(host.extents())));
      extents.addAll(part.file().extents());
    }
    return extents;
  }

  /** The same with other files. */
  LiteTargetModel with(List<Part> other) {
    return new LiteTargetModel(
        target, host, other, hostParts, bytesBefore, bytesAfter, weights, hostWeights, ranges);
  }

  /**
   * A part of the model.
   *
   * @param file all its buckets, which share their weights
   * @param activations what whole numbers do to it, for a device that takes nothing else and where
   *     that was measured now
   */
  public record Part(
      String name, LiteModel file, List<Way> ways, Optional<ActivationReport> activations) {
    public Part {
      ways = List.copyOf(ways);
    }

    private Part with(Optional<LiteCalibration.Measured> measured) {
      return new Part(name, file, ways, measured.map(known -> known.numbers().report()));
    }
  }

  /**
   * A bucket of a part.
   *
   * @param host the graph that comes before it, if there is something to do for the host
   * @param rewrites by the node that a pass made: the pass
   */
  public record Way(
      Bucket bucket, Optional<CompiledModel> host, SortedMap<String, String> rewrites) {}

  /** Whether a target is one for this. */
  public static boolean isFor(Target target) {
    return target.runtime().format() == org.m4fw.targets.InferenceRuntime.GraphFormat.LITERT;
  }

  /**
   * Takes a model through the stages: legalize, bind, rewrite, plan, quantize, compile. For a
   * device that takes nothing but whole numbers, parts that the calibration data have no inputs for
   * are left out.
   *
   * @param asked sizes that shall not be the usual ones, and the rank of adapters
   */
  public static LiteTargetModel make(
      String name,
      Model imported,
      Target target,
      TargetModel.Quantization wanted,
      LiteSizes asked,
      WeightStore store,
      Progress progress) {
    return make(name, imported, target, wanted, asked, Optional.empty(), store, progress);
  }

  /**
   * The same with ranges that were measured before, if there are some: nothing is run then.
   *
   * @throws org.m4fw.base.problem.ProblemException with an {@link ActivationError} if they are of
   *     another model
   */
  public static LiteTargetModel make(
      String name,
      Model imported,
      Target target,
      TargetModel.Quantization wanted,
      LiteSizes asked,
      Optional<LiteRanges> before,
      WeightStore store,
      Progress progress) {
    boolean whole = target.activations().isPresent();
    if (whole && wanted.ranges().isEmpty() && before.isEmpty()) {
      throw ActivationError.NO_CALIBRATION.at(name, "--calibration", target.id());
    }
    TargetModel.Quantization quantization = wanted.over(target);
    PreparedModel prepared =
        PreparedModel.of(
            name,
            asked.adapted(name, imported.inStages(), target),
            target,
            quantization,
            store,
            progress);
    Target host =
        Targets.find(
            target
                .runtime()
                .host()
                .orElseThrow(() -> PipelineError.NO_HOST.at(name, "", target.id())));
    SequencedMap<String, SequencedMap<Bucket, LiteRewrites.Lowered>> lowered =
        new LinkedHashMap<>();
    SequencedMap<String, TargetGraph> legalized =
        legalized(prepared.model(), target, host, asked.adapterInputs());
    requirePoints(name, asked, legalized.values());
    legalized.forEach(
        (part, graph) -> {
          if (!isHosts(part)) {
            lowered.put(part, lower(name, part, graph, asked, arithmetic(target, new TreeSet<>())));
          }
        });
    LiteWeights weights = new LiteWeights(name, prepared, quantization, progress);
    SortedMap<String, EncodedWeight> device =
        weights.encode(
            target,
            lowered.values().stream()
                .flatMap(buckets -> buckets.values().stream())
                .map(bucket -> bucket.cut().device())
                .toList());
    SortedMap<String, EncodedWeight> hosts =
        weights.encode(
            host,
            lowered.values().stream()
                .flatMap(buckets -> buckets.values().stream())
                .flatMap(bucket -> bucket.cut().host().stream())
                .toList());
    SequencedMap<String, CompiledModel> hostParts = new LinkedHashMap<>();
    legalized.forEach(
        (part, graph) -> {
          if (isHosts(part)) {
            hostParts.put(
                part,
                OnnxCompiler.compile(
                    name + "." + part,
                    new QuantizedGraph(graph, weights.encode(host, graph.graph().weights()))));
          }
        });
    SequencedMap<String, LiteCalibration.Measured> measured =
        whole && before.isEmpty()
            ? weights.measure(legalized, device, quantization.ranges().orElseThrow(), asked)
            : new LinkedHashMap<>();
    Optional<MeasuredRanges> ranges =
        whole
            ? Optional.of(
                before
                    .map(known -> known.checked(name, imported, quantization, store, progress))
                    .orElseGet(() -> LiteRanges.of(measured, imported, quantization, store)))
            : Optional.empty();
    List<Part> parts = new ArrayList<>();
    lowered.forEach(
        (part, buckets) -> {
          if (!whole && !isHosts(buckets)) {
            parts.add(
                part(name + "." + part, part, buckets, host, device, hosts, Optional.empty()));
          }
          ranges
              .map(known -> known.parts().get(part))
              .ifPresent(
                  known ->
                      parts.add(
                          part(
                                  name + "." + part,
                                  part,
                                  known.spread().isEmpty()
                                      ? buckets
                                      : lower(
                                          name,
                                          part,
                                          requireNonNull(legalized.get(part)),
                                          asked,
                                          arithmetic(target, known.spread())),
                                  host,
                                  device,
                                  hosts,
                                  Optional.of(known))
                              .with(Optional.ofNullable(measured.get(part)))));
        });
    return new LiteTargetModel(
        target,
        host,
        parts,
        hostParts,
        before(device),
        device.values().stream().mapToLong(LiteTargetModel::bytes).sum(),
        device,
        hosts,
        ranges);
  }

  private static void requirePoints(String name, LiteSizes asked, Collection<TargetGraph> parts) {
    boolean none = parts.stream().allMatch(part -> part.graph().attachmentPoints().isEmpty());
    if (asked.adapterRank().isPresent() && none) {
      throw PipelineError.NO_POINTS.at(name, "--adapter-rank");
    }
  }

  /** Whether nothing is left for the device: lookups alone. */
  private static boolean isHosts(SequencedMap<Bucket, LiteRewrites.Lowered> buckets) {
    return buckets.values().stream()
        .allMatch(lowered -> lowered.cut().device().graph().nodes().isEmpty());
  }

  /** Whether a part is the host's as a whole. */
  static boolean isHosts(String part) {
    return part.equals(Model.LENGTHS);
  }

  /**
   * Each part of a model in stages, for the device or for its host, whose it is.
   *
   * @param adapters how those of the device take adapters
   */
  public static SequencedMap<String, TargetGraph> legalized(
      Model model, Target target, Target host, AdapterInputs adapters) {
    SequencedMap<String, TargetGraph> legalized = new LinkedHashMap<>();
    model
        .parts()
        .forEach(
            (part, graph) ->
                legalized.put(
                    part,
                    isHosts(part)
                        ? Legalizer.legalize(graph, host, AdapterInputs.NONE)
                        : Legalizer.legalize(graph, target, adapters)));
    return legalized;
  }

  private static SequencedMap<Bucket, LiteRewrites.Lowered> lower(
      String name,
      String part,
      TargetGraph legalized,
      LiteSizes asked,
      LiteRewrites.Arithmetic arithmetic) {
    SequencedMap<Bucket, LiteRewrites.Lowered> buckets = new LinkedHashMap<>();
    String file = "%s, %s".formatted(name, part);
    for (Bucket bucket : Bucket.of(file, legalized.graph(), asked.buckets())) {
      SortedMap<String, Long> sizes = asked.of(bucket, legalized.graph());
      buckets.put(bucket, LiteRewrites.lower(file, legalized.graph(), sizes, arithmetic));
    }
    return buckets;
  }

  private static LiteRewrites.Arithmetic arithmetic(Target target, SortedSet<String> spread) {
    return target.activations().isPresent()
        ? new LiteRewrites.Arithmetic.Whole(spread)
        : new LiteRewrites.Arithmetic.Floating();
  }

  private static Part part(
      String fullName,
      String part,
      SequencedMap<Bucket, LiteRewrites.Lowered> buckets,
      Target host,
      SortedMap<String, EncodedWeight> device,
      SortedMap<String, EncodedWeight> hosts,
      Optional<MeasuredRanges.Part> numbers) {
    SequencedMap<String, FixedGraph> graphs = new LinkedHashMap<>();
    List<Way> ways = new ArrayList<>();
    buckets.forEach(
        (bucket, lowered) -> {
          graphs.put(bucket.key(), lowered.cut().device());
          ways.add(
              new Way(
                  bucket,
                  lowered.cut().host().map(graph -> hostGraph(fullName, graph, host, hosts)),
                  lowered.rewrites()));
        });
    LiteModel file =
        numbers
            .map(whole -> LiteCompiler.compile(fullName, graphs, device, whole.plan()))
            .orElseGet(() -> LiteCompiler.compile(fullName, graphs, device));
    return new Part(part, file, ways, Optional.empty());
  }

  private static CompiledModel hostGraph(
      String name, FixedGraph graph, Target host, SortedMap<String, EncodedWeight> encoded) {
    SortedMap<String, EncodedWeight> used = new TreeMap<>(encoded);
    used.keySet().retainAll(graph.graph().weights().keySet());
    return OnnxCompiler.compile(
        name + ".host",
        new QuantizedGraph(new TargetGraph(graph.graph(), host, AdapterInputs.NONE), used));
  }

  private static long before(SortedMap<String, EncodedWeight> weights) {
    return weights.values().stream()
        .mapToLong(
            weight ->
                switch (weight.weight().source()) {
                  case Weight.Source.Stored(var tensor) -> tensor.byteSize();
                  case Weight.Source.Quantized quantized -> quantized.bytes();
                })
        .sum();
  }

  private static long bytes(EncodedWeight weight) {
    return weight.encoding().bytes(weight.weight().shape());
  }
}
