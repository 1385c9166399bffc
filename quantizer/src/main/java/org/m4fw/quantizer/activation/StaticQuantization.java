package org.m4fw.quantizer.activation;

import static java.util.Objects.requireNonNull;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.m4fw.base.progress.Progress;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.ir.ActivationPlan;
import org.m4fw.graph.ir.EncodedWeight;
import org.m4fw.graph.legalize.QuantizedGraph;
import org.m4fw.graph.legalize.TargetGraph;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.graph.onnx.OnnxCompiler;
import org.m4fw.host.Component;
import org.m4fw.host.WholeInputs;

/**
 * Static quantization of the activations of a component, part by part in the order in which they
 * run: what one gives, the next takes. A part whose inputs the calibration data lack stays in
 * floating point.
 *
 * <p>All values between the operators of a part are held for one sample at a time.
 */
public final class StaticQuantization {
  /**
   * The ratio, in dB, that a value or an operator has to keep if nothing else is said: about four
   * bits.
   */
  public static final double BOUND = 25;

  private final SortedMap<String, EncodedWeight> plain;
  private final SortedMap<String, EncodedWeight> encoded;
  private final Calibration calibration;
  private final SequencedMap<String, ActivationPlan> plans = new LinkedHashMap<>();
  private final List<ActivationReport> reports = new ArrayList<>();

  private StaticQuantization(
      SortedMap<String, EncodedWeight> plain,
      SortedMap<String, EncodedWeight> encoded,
      Calibration calibration) {
    this.plain = plain;
    this.encoded = encoded;
    this.calibration = calibration;
  }

  /**
   * Plans for the parts, and what they do.
   *
   * @param plans by part; {@link ActivationPlan#none} for one that could not be run
   */
  public record Result(SequencedMap<String, ActivationPlan> plans, List<ActivationReport> reports) {
    /** Everything stays in floating point. */
    public static Result none() {
      return new Result(new LinkedHashMap<>(), List.of());
    }
  }

  /**
   * Plans the activations.
   *
   * @param parts for a target that computes in whole numbers
   * @param plain the weights of all parts as they came
   * @param encoded the weights as they are to be stored
   * @throws org.m4fw.base.problem.ProblemException with an {@link ActivationError} if no part can
   *     be run on the calibration data
   */
  public static Result quantize(
      String name,
      SequencedMap<String, TargetGraph> parts,
      SortedMap<String, EncodedWeight> plain,
      SortedMap<String, EncodedWeight> encoded,
      Calibration calibration,
      Progress progress) {
    StaticQuantization quantization = new StaticQuantization(plain, encoded, calibration);
    try (Arena arena = Arena.ofShared();
        Progress.Stage stage = progress.steps("calibrate " + name, parts.size())) {
      quantization.run(parts, arena, progress, stage);
    }
    return new Result(quantization.plans, quantization.reports);
  }

  /**
   * A plan for a graph, and what it does.
   *
   * @param plan holds all values between its operators
   */
  public record Whole(ActivationPlan plan, ActivationReport report) {}

  /**
   * Plans a graph for a device that takes nothing but eight bits, whatever they cost.
   *
   * @param plain its weights as they came
   * @param encoded its weights as they are to be stored
   * @param samples with all inputs of the graph
   * @throws org.m4fw.base.problem.ProblemException with {@link ActivationError#NO_WHOLE_FORM}
   */
  public static Whole whole(
      String name,
      TargetGraph graph,
      SortedMap<String, EncodedWeight> plain,
      SortedMap<String, EncodedWeight> encoded,
      Calibration calibration,
      List<SortedMap<String, Tensor>> samples) {
    PartQuantization.Result result =
        new PartQuantization(
                name,
                graph,
                of(plain, graph),
                of(encoded, graph),
                calibration,
                samples,
                calibration.bound(),
                PartQuantization.Freedom.NONE)
            .quantize();
    return new Whole(result.plan(), result.report());
  }

  /** A ratio as reasons and messages show it. */
  public static String dB(double ratio) {
    return ratio == Double.POSITIVE_INFINITY ? "all" : String.format(Locale.ROOT, "%.1f dB", ratio);
  }

  private void run(
      SequencedMap<String, TargetGraph> parts,
      Arena arena,
      Progress progress,
      Progress.Stage stage) {
    SequencedMap<String, CompiledModel> exact = new LinkedHashMap<>();
    parts.forEach(
        (part, graph) ->
            exact.put(
                part, OnnxCompiler.compile(part, new QuantizedGraph(graph, of(plain, graph)))));
    List<SortedMap<String, Tensor>> samples =
        calibration.samples(List.copyOf(exact.values()), arena);
    TreeSet<String> missing = new TreeSet<>();
    parts.forEach(
        (part, graph) -> {
          CompiledModel model = requireNonNull(exact.get(part));
          List<SortedMap<String, Tensor>> whole =
              samples.stream()
                  .map(sample -> WholeInputs.of(model, sample, arena))
                  .flatMap(Optional::stream)
                  .toList();
          if (whole.size() < samples.size() || samples.isEmpty()) {
            missing.addAll(
                WholeInputs.missing(
                    model, samples.isEmpty() ? new TreeMap<>() : samples.getFirst()));
            plans.put(part, ActivationPlan.none());
            progress.warn(
                "%s stays in floating point: the calibration data lack %s"
                    .formatted(part, String.join(", ", missing)));
          } else {
            part(part, graph, whole);
            pass(part, model, samples, whole, arena);
          }
          stage.advance(1);
        });
    if (reports.isEmpty()) {
      throw ActivationError.NO_SAMPLES.at(
          calibration.data().file(), "", String.join(", ", missing));
    }
  }

  private void part(String part, TargetGraph graph, List<SortedMap<String, Tensor>> samples) {
    PartQuantization.Result result =
        new PartQuantization(
                part,
                graph,
                of(plain, graph),
                of(encoded, graph),
                calibration,
                samples,
                calibration.bound(),
                PartQuantization.Freedom.SOME)
            .quantize();
    plans.put(part, result.plan());
    reports.add(result.report());
  }

  /** Gives the results of a part to those that come after it. */
  private void pass(
      String part,
      CompiledModel model,
      List<SortedMap<String, Tensor>> samples,
      List<SortedMap<String, Tensor>> whole,
      Arena arena) {
    try (Component component = Component.open(part, model)) {
      for (int i = 0; i < samples.size(); i++) {
        for (Tensor output : component.run(calibration.data().file(), whole.get(i), arena)) {
          samples.get(i).put(output.name(), output);
        }
      }
    }
  }

  private static SortedMap<String, EncodedWeight> of(
      SortedMap<String, EncodedWeight> all, TargetGraph graph) {
    SortedMap<String, EncodedWeight> used = new TreeMap<>(all);
    used.keySet().retainAll(graph.graph().weights().keySet());
    return used;
  }
}
