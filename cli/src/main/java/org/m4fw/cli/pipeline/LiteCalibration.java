package org.m4fw.cli.pipeline;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.m4fw.base.progress.Progress;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.fixed.FixedGraph;
import org.m4fw.graph.ir.EncodedWeight;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.legalize.AdapterInputs;
import org.m4fw.graph.legalize.QuantizedGraph;
import org.m4fw.graph.legalize.TargetGraph;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.graph.onnx.OnnxCompiler;
import org.m4fw.graph.rewrite.LiteRewrites;
import org.m4fw.host.Component;
import org.m4fw.host.WholeInputs;
import org.m4fw.quantizer.activation.ActivationError;
import org.m4fw.quantizer.activation.ActivationReport;
import org.m4fw.quantizer.activation.Calibration;
import org.m4fw.quantizer.activation.StaticQuantization;
import org.m4fw.quantizer.kernel.Quality;
import org.m4fw.targets.Target;
import org.m4fw.targets.Targets;

/**
 * Measures what a device that takes nothing but whole numbers is to compute: every part is
 * rewritten for it at the sizes of the calibration data and run on this machine, part by part, what
 * the host does first included. Ranges are known by the names of values, so that buckets of other
 * sizes find them.
 */
public final class LiteCalibration {
  private final String name;
  private final SequencedMap<String, TargetGraph> parts;
  private final SortedMap<String, EncodedWeight> plain;
  private final SortedMap<String, EncodedWeight> encoded;
  private final Calibration calibration;
  private final SortedMap<String, Tensor> representative;
  private final Progress progress;
  private final Arena arena;
  private final SequencedMap<String, CompiledModel> symbolic = new LinkedHashMap<>();
  private final SequencedMap<String, Measured> measured = new LinkedHashMap<>();
  private final SortedSet<String> missing = new TreeSet<>();

  private LiteCalibration(
      String name,
      SequencedMap<String, TargetGraph> parts,
      SortedMap<String, EncodedWeight> plain,
      SortedMap<String, EncodedWeight> encoded,
      Calibration calibration,
      SortedMap<String, Tensor> representative,
      Progress progress,
      Arena arena) {
    this.name = name;
    this.parts = parts;
    this.plain = plain;
    this.encoded = new TreeMap<>(plain);
    this.encoded.putAll(encoded);
    this.calibration = calibration;
    this.representative = representative;
    this.progress = progress;
    this.arena = arena;
  }

  /**
   * What is known of a part.
   *
   * @param device what the device does of it, at the sizes of the data
   * @param spread results of softmax that are computed in another way
   * @param samples with all inputs of it
   */
  public record Measured(
      FixedGraph device,
      SortedSet<String> spread,
      List<SortedMap<String, Tensor>> samples,
      StaticQuantization.Whole numbers) {
    public Measured {
      spread = Collections.unmodifiableSortedSet(new TreeSet<>(spread));
      samples = List.copyOf(samples);
    }
  }

  /**
   * Measures all parts that the calibration data have inputs for; the others are warned of.
   *
   * @param parts legalized for the device
   * @param plain the weights as they came, of all parts
   * @param encoded the weights as they are stored for the device
   * @param representative the matrices of an adapter that every sample is computed with and
   *     without; empty where graphs take none
   * @param arena samples live in it
   * @throws org.m4fw.base.problem.ProblemException with an {@link ActivationError} if no part can
   *     be measured
   */
  public static SequencedMap<String, Measured> measure(
      String name,
      SequencedMap<String, TargetGraph> parts,
      SortedMap<String, EncodedWeight> plain,
      SortedMap<String, EncodedWeight> encoded,
      Calibration calibration,
      SortedMap<String, Tensor> representative,
      Progress progress,
      Arena arena) {
    LiteCalibration work =
        new LiteCalibration(
            name, parts, plain, encoded, calibration, representative, progress, arena);
    work.run();
    return work.measured;
  }

  private void run() {
    parts.forEach(
        (part, graph) ->
            symbolic.put(
                part,
                exact(
                    part,
                    graph.graph(),
                    LiteTargetModel.isHosts(part)
                        ? graph.target()
                        : onThisMachine(graph.target()))));
    List<SortedMap<String, Tensor>> samples = new ArrayList<>();
    for (SortedMap<String, Tensor> sample :
        calibration.samples(List.copyOf(symbolic.values()), arena)) {
      Batches.singles(sample, symbolic.values()).forEach(single -> add(samples, single));
    }
    symbolic
        .values()
        .forEach(model -> samples.replaceAll(sample -> WholeInputs.withRoom(model, sample, arena)));
    try (Progress.Stage stage = progress.steps("calibrate " + name, parts.size())) {
      for (Map.Entry<String, CompiledModel> part : symbolic.entrySet()) {
        part(part.getKey(), part.getValue(), samples);
        stage.advance(1);
      }
    }
    if (measured.isEmpty()) {
      throw ActivationError.NO_SAMPLES.at(
          calibration.data().file(), "", String.join(", ", missing));
    }
  }

  /** With the adapter and without. */
  private void add(List<SortedMap<String, Tensor>> samples, SortedMap<String, Tensor> sample) {
    if (!representative.isEmpty()) {
      SortedMap<String, Tensor> adapted = new TreeMap<>(sample);
      adapted.putAll(representative);
      samples.add(adapted);
      representative.forEach((input, matrix) -> sample.put(input, zeros(matrix)));
    }
    samples.add(sample);
  }

  private Tensor zeros(Tensor like) {
    MemorySegment none = arena.allocate(like.byteSize(), Float.BYTES);
    return new Tensor(like.name(), like.dtype(), like.shape(), like.extent(), none);
  }

  private SortedMap<String, EncodedWeight> used(Graph graph) {
    SortedMap<String, EncodedWeight> used = new TreeMap<>(plain);
    used.keySet().retainAll(graph.weights().keySet());
    return used;
  }

  private void part(String part, CompiledModel model, List<SortedMap<String, Tensor>> samples) {
    List<SortedMap<String, Tensor>> whole =
        samples.stream()
            .map(sample -> WholeInputs.of(model, sample, arena))
            .flatMap(Optional::stream)
            .toList();
    if (samples.isEmpty() || whole.size() < samples.size()) {
      missing.addAll(
          WholeInputs.missing(model, samples.isEmpty() ? new TreeMap<>() : samples.getFirst()));
      progress.warn(
          "%s is left out: the calibration data lack %s"
              .formatted(part, String.join(", ", missing)));
      return;
    }
    TargetGraph graph = java.util.Objects.requireNonNull(parts.get(part));
    if (LiteTargetModel.isHosts(part)) {
      pass(part, model, samples, whole);
      return;
    }
    SortedMap<String, Long> sizes = sizes(model, whole.getFirst());
    List<SortedMap<String, Tensor>> alike =
        whole.stream().filter(sample -> sizes(model, sample).equals(sizes)).toList();
    if (!isHosts(part, graph, sizes)) {
      Measured first = measured(part, graph, sizes, alike, new TreeSet<>());
      SortedSet<String> spread = spread(first);
      Measured last = spread.isEmpty() ? first : measured(part, graph, sizes, alike, spread);
      requireBound(part, graph.target(), last);
      measured.put(part, last);
    }
    pass(part, model, samples, whole);
  }

  /** Whether nothing is left for the device: lookups alone. */
  private boolean isHosts(String part, TargetGraph graph, SortedMap<String, Long> sizes) {
    LiteRewrites.Lowered lowered =
        LiteRewrites.lower(
            "%s, %s".formatted(name, part),
            graph.graph(),
            sizes,
            new LiteRewrites.Arithmetic.Whole());
    return lowered.cut().device().graph().nodes().isEmpty();
  }

  private Measured measured(
      String part,
      TargetGraph graph,
      SortedMap<String, Long> sizes,
      List<SortedMap<String, Tensor>> samples,
      SortedSet<String> spread) {
    LiteRewrites.Lowered lowered =
        LiteRewrites.lower(
            "%s, %s".formatted(name, part),
            graph.graph(),
            sizes,
            new LiteRewrites.Arithmetic.Whole(spread));
    FixedGraph device = lowered.cut().device();
    List<SortedMap<String, Tensor>> inputs = hosts(part, graph, lowered, samples);
    StaticQuantization.Whole numbers =
        StaticQuantization.whole(
            part,
            new TargetGraph(device.graph(), onThisMachine(graph.target()), AdapterInputs.NONE),
            plain,
            encoded,
            calibration,
            inputs);
    return new Measured(device, spread, inputs, numbers);
  }

  /** There is nothing but eight bits here: a part that loses too much is for another target. */
  private void requireBound(String part, Target target, Measured last) {
    double least = calibration.least().orElse(Double.NEGATIVE_INFINITY);
    for (ActivationReport.Output output : last.numbers().report().outputs()) {
      double ratio = output.quality().map(Quality::sqnr).orElse(Double.POSITIVE_INFINITY);
      if (ratio < least) {
        throw ActivationError.BELOW_BOUND.at(
            name, part, output.name(), StaticQuantization.dB(ratio), least, target.id());
      }
    }
  }

  /** Results of softmax that its operator does not hold. */
  private static SortedSet<String> spread(Measured measured) {
    SortedSet<String> spread = new TreeSet<>();
    for (ActivationReport.Computed operator : measured.numbers().report().operators()) {
      if (operator.type().equals("Softmax") && operator.alone().sqnr() < StaticQuantization.BOUND) {
        spread.add(operator.name());
      }
    }
    return spread;
  }

  /** The samples with what the host gives the device. */
  private List<SortedMap<String, Tensor>> hosts(
      String part,
      TargetGraph graph,
      LiteRewrites.Lowered lowered,
      List<SortedMap<String, Tensor>> samples) {
    if (lowered.cut().host().isEmpty()) {
      return samples;
    }
    List<SortedMap<String, Tensor>> all = new ArrayList<>();
    try (Component host =
        Component.open(
            part,
            exact(
                part, lowered.cut().host().orElseThrow().graph(), onThisMachine(graph.target())))) {
      for (SortedMap<String, Tensor> sample : samples) {
        SortedMap<String, Tensor> more = new TreeMap<>(sample);
        for (Tensor made : host.run(calibration.data().file(), sample, arena)) {
          more.put(made.name(), made);
        }
        all.add(more);
      }
    }
    return all;
  }

  private CompiledModel exact(String part, Graph graph, Target target) {
    return OnnxCompiler.compile(
        part, new QuantizedGraph(new TargetGraph(graph, target, AdapterInputs.NONE), used(graph)));
  }

  /** A device's whole numbers, with the operators of ONNX Runtime to run them. */
  static Target onThisMachine(Target device) {
    Target machine = Targets.find("host-int8");
    return new Target(
        device.id(),
        device.description(),
        machine.runtime(),
        machine.operators(),
        device.encodings(),
        device.activations(),
        device.figures());
  }

  /** Gives the results of a part to those that come after it. */
  private void pass(
      String part,
      CompiledModel model,
      List<SortedMap<String, Tensor>> samples,
      List<SortedMap<String, Tensor>> whole) {
    boolean last = part.equals(symbolic.lastEntry().getKey());
    if (last) {
      return;
    }
    try (Component component = Component.open(part, model)) {
      for (int i = 0; i < samples.size(); i++) {
        for (Tensor output : component.run(calibration.data().file(), whole.get(i), arena)) {
          samples.get(i).put(output.name(), output);
        }
      }
    }
  }

  /** The sizes of the axes that a graph leaves open, as a sample has them. */
  private static SortedMap<String, Long> sizes(
      CompiledModel model, SortedMap<String, Tensor> sample) {
    SortedMap<String, Long> sizes = new TreeMap<>();
    for (Port port : model.inputs().values()) {
      Tensor tensor = sample.get(port.name());
      for (int axis = 0; tensor != null && axis < port.dims().size(); axis++) {
        if (port.dims().get(axis) instanceof Port.Dim.Symbolic(String axisName)
            && axis < tensor.shape().rank()) {
          sizes.putIfAbsent(axisName, tensor.shape().dim(axis));
        }
      }
    }
    return sizes;
  }
}
