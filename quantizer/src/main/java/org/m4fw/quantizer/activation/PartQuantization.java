package org.m4fw.quantizer.activation;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.ir.ActivationPlan;
import org.m4fw.graph.ir.ActivationPlan.Choice;
import org.m4fw.graph.ir.ActivationPlan.Placement;
import org.m4fw.graph.ir.ActivationPlan.Stored;
import org.m4fw.graph.ir.EncodedWeight;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.legalize.QuantizedGraph;
import org.m4fw.graph.legalize.TargetGraph;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.graph.onnx.OnnxCompiler;
import org.m4fw.targets.ActivationSupport;

/**
 * Static quantization of the activations of one graph:
 *
 * <ol>
 *   <li>the graph is run in floating point to see how far every value reaches, and again to see how
 *       its numbers are distributed;
 *   <li>an observer chooses the range of every value; those that reshaping connects have one range;
 *   <li>what eight bits store with less than the bound gets sixteen, what these do not either stays
 *       in floating point;
 *   <li>every operator is computed by itself from exact inputs; where the result has less than the
 *       bound, its values get sixteen bits, and if that does not help it stays on the host;
 *   <li>the whole is run, and every result compared.
 * </ol>
 */
final class PartQuantization {
  /** Eight bits to sixteen, sixteen to the host. */
  private static final int ROUNDS = 3;

  private final String name;
  private final TargetGraph target;
  private final SortedMap<String, EncodedWeight> plain;
  private final SortedMap<String, EncodedWeight> encoded;
  private final String file;
  private final Observer observer;
  private final List<SortedMap<String, Tensor>> samples;
  private final double bound;
  private final Freedom freedom;

  private final PartRanges ranges;
  private final List<Node> candidates = new ArrayList<>();
  private final SortedMap<String, Placement> placements = new TreeMap<>();

  /**
   * @param plain the weights as they came
   * @param encoded the weights as they are to be stored
   * @param samples with all inputs of the graph
   * @param freedom what else than eight bits there may be
   */
  PartQuantization(
      String name,
      TargetGraph target,
      SortedMap<String, EncodedWeight> plain,
      SortedMap<String, EncodedWeight> encoded,
      Calibration calibration,
      List<SortedMap<String, Tensor>> samples,
      double bound,
      Freedom freedom) {
    this.name = name;
    this.target = target;
    this.plain = plain;
    this.encoded = encoded;
    this.file = calibration.data().file();
    this.observer = calibration.observer();
    this.samples = samples;
    this.bound = bound;
    this.freedom = freedom;
    this.ranges = new PartRanges(target.graph(), support(), observer, file, bound, freedom);
  }

  /** What else than eight bits there may be. */
  enum Freedom {
    /** Sixteen bits, and floating point on the host. */
    SOME,
    /** Nothing: the device takes graphs in eight bits only. */
    NONE
  }

  private ActivationSupport support() {
    return target.target().activations().orElseThrow();
  }

  /** A plan and what it does. */
  record Result(ActivationPlan plan, ActivationReport report) {}

  Result quantize() {
    findCandidates();
    ActivationReport report;
    try (GraphRuns exact =
        new GraphRuns(name, compile(plain, ActivationPlan.none()), file, samples, observed())) {
      ranges.measure(exact, candidates);
      ranges.choose(exact, candidates);
      checkOperators();
      report = report(exact);
    }
    return new Result(plan(), report);
  }

  private void findCandidates() {
    IntegerOperators operators = new IntegerOperators(target.graph(), support(), encoded);
    for (Node node : target.graph().nodes()) {
      Optional<String> obstacle =
          freedom == Freedom.NONE ? operators.unknown(node) : operators.obstacle(node);
      if (freedom == Freedom.NONE && obstacle.isPresent()) {
        throw ActivationError.NO_WHOLE_FORM.at(
            name, node.outputs().getFirst(), IntegerOperators.type(node), target.target().id());
      }
      if (obstacle.isEmpty()) {
        candidates.add(node);
        ranges.join(IntegerOperators.alike(node));
      } else {
        placements.put(node.outputs().getFirst(), new Placement(false, obstacle.get()));
      }
    }
  }

  /**
   * Values between candidates, constants apart, and what the other operators of the report give.
   */
  private Set<String> observed() {
    Set<String> values = new TreeSet<>();
    for (Node node : candidates) {
      values.addAll(IntegerOperators.inputs(node));
      values.addAll(IntegerOperators.outputs(node));
    }
    target.graph().nodes().forEach(node -> values.add(node.outputs().getFirst()));
    target.graph().outputs().forEach(port -> values.add(port.name()));
    values.removeAll(target.graph().weights().keySet());
    values.removeAll(target.graph().literals().keySet());
    values.remove("");
    return values;
  }

  private CompiledModel compile(SortedMap<String, EncodedWeight> weights, ActivationPlan plan) {
    return OnnxCompiler.compile(name, new QuantizedGraph(target, weights, plan));
  }

  /** Every operator by itself; where one loses too much, its values or its place change. */
  private void checkOperators() {
    for (int round = 0; freedom == Freedom.SOME && round < ROUNDS; round++) {
      ActivationPlan plan = plan();
      QualitySums alone = alone(plan);
      boolean changed = false;
      for (Node node : candidates) {
        double ratio = alone.of(node.outputs().getFirst()).sqnr();
        if (plan.isInteger(node.outputs().getFirst())
            && IntegerOperators.computes(node)
            && ratio < bound) {
          move(node, ratio);
          changed = true;
        }
      }
      if (!changed) {
        return;
      }
    }
  }

  /** Sixteen bits where eight are too few; the host where sixteen are. */
  private void move(Node node, double ratio) {
    String output = node.outputs().getFirst();
    if (!ranges.widen(
        activations(node),
        "%s gives %s in 8 bits".formatted(output, StaticQuantization.dB(ratio)))) {
      placements.put(
          output,
          new Placement(
              false, "gives only %s in whole numbers".formatted(StaticQuantization.dB(ratio))));
    }
  }

  /** What an operator takes and gives in floating point, constants apart. */
  private List<String> activations(Node node) {
    List<String> values = measured(node);
    values.removeAll(target.graph().weights().keySet());
    values.removeAll(target.graph().literals().keySet());
    return values;
  }

  /** What an operator takes and gives in floating point. */
  private List<String> measured(Node node) {
    return Stream.concat(
            IntegerOperators.inputs(node).stream(), IntegerOperators.outputs(node).stream())
        .filter(ranges::measured)
        .collect(Collectors.toCollection(ArrayList::new));
  }

  private QualitySums alone(ActivationPlan plan) {
    QualitySums sums = new QualitySums();
    Set<String> results = new TreeSet<>();
    Set<String> both = new TreeSet<>();
    for (Node node : candidates) {
      if (plan.isInteger(node.outputs().getFirst())) {
        results.add(node.outputs().getFirst());
        both.add(node.outputs().getFirst());
        both.add(IsolatedOperators.alone(node.outputs().getFirst()));
      }
    }
    if (results.isEmpty()) {
      return sums;
    }
    CompiledModel doubled =
        OnnxCompiler.compile(name, IsolatedOperators.of(target, plain, encoded, plan));
    try (GraphRuns runs = new GraphRuns(name, doubled, file, samples, both)) {
      for (int i = 0; i < runs.count(); i++) {
        // Whichever of the two comes first waits for the other.
        SortedMap<String, float[]> waiting = new TreeMap<>();
        runs.sample(
            i,
            (value, numbers) -> {
              boolean second = !results.contains(value);
              String result = second ? IsolatedOperators.result(value) : value;
              float[] other = waiting.remove(result);
              if (other == null) {
                waiting.put(result, numbers);
              } else {
                add(sums, result, second ? other : numbers, second ? numbers : other);
              }
            });
      }
    }
    return sums;
  }

  private static void add(
      QualitySums sums, String name, float @Nullable [] expected, float @Nullable [] found) {
    // Where a model computes lengths, such as durations of sounds, they may come out different.
    if (expected != null && found != null && expected.length == found.length) {
      sums.add(name, expected, found, expected.length);
    }
  }

  /** The plan as far as it is known; operators whose values all are stored are in whole numbers. */
  private ActivationPlan plan() {
    SortedMap<String, Choice> values = new TreeMap<>();
    SortedMap<String, Placement> places = new TreeMap<>(placements);
    for (Node node : candidates) {
      List<String> used = measured(node);
      used.forEach(value -> ranges.choice(value).ifPresent(choice -> values.put(value, choice)));
      if (!used.isEmpty()) {
        places.putIfAbsent(node.outputs().getFirst(), place(used));
      }
    }
    return new ActivationPlan(values, places);
  }

  private Placement place(List<String> used) {
    for (String value : used) {
      Optional<Choice> choice = ranges.choice(value);
      if (choice.flatMap(Choice::stored).isEmpty()) {
        String why = choice.map(Choice::reason).orElse("not measured");
        return new Placement(false, "%s stays in floating point: %s".formatted(value, why));
      }
    }
    return new Placement(true, "all its values are stored in whole numbers");
  }

  private ActivationReport report(GraphRuns exact) {
    ActivationPlan plan = plan();
    QualitySums alone = alone(plan);
    QualitySums together = new QualitySums();
    QualitySums stored = new QualitySums();
    SortedMap<String, long[]> clipped = new TreeMap<>();
    try (GraphRuns whole = new GraphRuns(name, compile(encoded, plan), file, samples, observed())) {
      for (int i = 0; i < exact.count(); i++) {
        SortedMap<String, float[]> right = exact.sample(i);
        whole.sample(i, (value, found) -> add(together, value, right.get(value), found));
        right.forEach(
            (value, numbers) -> {
              plan.stored(value)
                  .ifPresent(
                      s -> {
                        stored.add(value, numbers, s);
                        clip(clipped.computeIfAbsent(value, v -> new long[2]), numbers, s);
                      });
            });
      }
    }
    ranges
        .constants()
        .forEach(
            (value, numbers) -> plan.stored(value).ifPresent(s -> stored.add(value, numbers, s)));
    return new ActivationReport(
        name,
        observer.id(),
        samples.size(),
        bound,
        values(plan, stored, clipped),
        operators(plan, alone, together),
        outputs(together));
  }

  private List<ActivationReport.Value> values(
      ActivationPlan plan, QualitySums stored, Map<String, long[]> clipped) {
    List<ActivationReport.Value> values = new ArrayList<>();
    plan.values()
        .forEach(
            (value, choice) -> {
              ValueStatistics seen = ranges.of(value);
              long[] counts = clipped.getOrDefault(value, new long[2]);
              values.add(
                  new ActivationReport.Value(
                      value,
                      seen.min(),
                      seen.max(),
                      choice,
                      stored.of(value),
                      counts[1] == 0 ? 0 : (double) counts[0] / counts[1]));
            });
    return values;
  }

  private List<ActivationReport.Computed> operators(
      ActivationPlan plan, QualitySums alone, QualitySums together) {
    List<ActivationReport.Computed> operators = new ArrayList<>();
    for (Node node : target.graph().nodes()) {
      String output = node.outputs().getFirst();
      Placement placement = plan.placements().get(output);
      if (placement != null && ranges.measured(output)) {
        operators.add(
            new ActivationReport.Computed(
                output,
                IntegerOperators.type(node),
                placement,
                alone.of(output),
                together.find(output)));
      }
    }
    return operators;
  }

  private List<ActivationReport.Output> outputs(QualitySums together) {
    return target.graph().outputs().stream()
        .map(Port::name)
        .filter(ranges::measured)
        .map(output -> new ActivationReport.Output(output, together.find(output)))
        .toList();
  }

  private static void clip(long[] counts, float[] numbers, Stored stored) {
    double min = (stored.smallest() - stored.zeroPoint() - 0.5) * stored.scale();
    double max = (stored.largest() - stored.zeroPoint() + 0.5) * stored.scale();
    for (float number : numbers) {
      if (!ValueStatistics.isMasked(number)) {
        counts[0] += number < min || number > max ? 1 : 0;
        counts[1]++;
      }
    }
  }
}
