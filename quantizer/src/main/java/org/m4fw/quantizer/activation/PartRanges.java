package org.m4fw.quantizer.activation;

import static java.util.Objects.requireNonNull;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Extent;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;
import org.m4fw.graph.ir.ActivationPlan.Choice;
import org.m4fw.graph.ir.ActivationPlan.Stored;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Literal;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator;
import org.m4fw.graph.ir.Weight;
import org.m4fw.targets.ActivationSupport;

/**
 * The values between the operators of one graph: what calibration saw of them, and how each is
 * stored. Those that reshaping connects have one range.
 */
final class PartRanges {
  private final Graph graph;
  private final ActivationSupport support;
  private final Observer observer;
  private final String file;
  private final double bound;
  private final PartQuantization.Freedom freedom;

  private final ValueGroups groups = new ValueGroups();
  private final SortedMap<String, ValueStatistics> statistics = new TreeMap<>();
  private final SortedMap<String, float[]> constants = new TreeMap<>();
  private final Set<String> floating = new TreeSet<>();
  private final SortedMap<String, Choice> choices = new TreeMap<>();

  /**
   * @param file the calibration data, for messages
   * @param bound the ratio, in dB, that a stored value has to keep
   */
  PartRanges(
      Graph graph,
      ActivationSupport support,
      Observer observer,
      String file,
      double bound,
      PartQuantization.Freedom freedom) {
    this.graph = graph;
    this.support = support;
    this.observer = observer;
    this.file = file;
    this.bound = bound;
    this.freedom = freedom;
  }

  /** Gives values one range. */
  void join(List<String> values) {
    groups.join(values);
  }

  /**
   * Looks at all values of all samples, twice: how far they reach, how they are distributed.
   *
   * @param candidates the operators whose constant operands are values too
   */
  void measure(GraphRuns exact, List<Node> candidates) {
    BiConsumer<String, float[]> reach =
        (value, numbers) -> {
          checkFinite(value, numbers);
          floating.add(value);
          of(value).reach(numbers, numbers.length);
        };
    BiConsumer<String, float[]> distribute =
        (value, numbers) -> of(value).distribute(numbers, numbers.length);
    readConstants(candidates);
    exact.forEach(reach);
    constants.forEach(reach);
    exact.forEach(distribute);
    constants.forEach(distribute);
  }

  private void checkFinite(String value, float[] numbers) {
    for (float number : numbers) {
      if (Float.isNaN(number) || number == Float.POSITIVE_INFINITY) {
        throw ActivationError.NOT_FINITE.at(file, "", value, number);
      }
    }
  }

  private void readConstants(List<Node> candidates) {
    for (Node node : candidates) {
      for (String input : IntegerOperators.inputs(node)) {
        Weight weight = graph.weights().get(input);
        Literal literal = graph.literals().get(input);
        if (weight != null && weight.source() instanceof Weight.Source.Stored(Tensor tensor)) {
          constants.put(input, TensorFloats.all(tensor));
        } else if (literal != null && literal.type() == ElementType.FLOAT32) {
          constants.put(input, TensorFloats.all(tensor(input, literal)));
        }
      }
    }
  }

  private static Tensor tensor(String name, Literal literal) {
    MemorySegment data = MemorySegment.ofArray(literal.bytes());
    Extent extent = new Extent(Path.of("constant"), 0, data.byteSize());
    return new Tensor(name, DType.F32, literal.shape(), extent, data);
  }

  /** Ranges first; then what they cost in eight and in sixteen bits decides. */
  void choose(GraphRuns exact, List<Node> candidates) {
    SortedMap<String, Stored> eight = new TreeMap<>();
    SortedMap<String, Stored> sixteen = new TreeMap<>();
    statistics.forEach(
        (group, seen) -> {
          eight.put(
              group,
              seen.range(observer.choose(seen, support.symmetric()))
                  .eightBits(support.symmetric()));
          sixteen.put(group, sixteenBits(seen));
        });
    rightOperands(candidates).forEach(group -> eight.put(group, symmetric(of(group))));
    for (Node node : candidates) {
      support
          .fixedOutput(IntegerOperators.type(node))
          .ifPresent(
              fixed ->
                  eight.put(
                      groups.of(node.outputs().getFirst()),
                      new Stored(8, (float) Math.pow(2, -fixed.scaleBits()), fixed.zeroPoint())));
    }
    QualitySums narrow = new QualitySums();
    QualitySums wide = new QualitySums();
    BiConsumer<String, float[]> both =
        (value, numbers) -> {
          String group = groups.of(value);
          narrow.add(group, numbers, requireNonNull(eight.get(group)));
          wide.add(group, numbers, requireNonNull(sixteen.get(group)));
        };
    exact.forEach(both);
    constants.forEach(both);
    for (String group : statistics.keySet()) {
      choices.put(
          group,
          choice(
              requireNonNull(eight.get(group)),
              requireNonNull(sixteen.get(group)),
              narrow.of(group).sqnr(),
              wide.of(group).sqnr()));
    }
  }

  /**
   * What is multiplied from the right, for a device that is given nothing else: LiteRT's CPU
   * delegate takes it without a zero point, and says nothing where it has one.
   */
  private Set<String> rightOperands(List<Node> candidates) {
    Set<String> rights = new TreeSet<>();
    for (Node node : candidates) {
      if (freedom == PartQuantization.Freedom.NONE
          && node.operator() instanceof Operator.Primitive
          && IntegerOperators.type(node).equals("MatMul")) {
        rights.add(groups.of(node.inputs().get(1)));
      }
    }
    rights.retainAll(statistics.keySet());
    return rights;
  }

  private Stored symmetric(ValueStatistics seen) {
    return seen.range(observer.choose(seen, true)).eightBits(true);
  }

  private static Stored sixteenBits(ValueStatistics seen) {
    return seen.range(Range.holding(seen.min(), seen.max())).sixteenBits();
  }

  private Choice choice(Stored eight, Stored sixteen, double narrow, double wide) {
    if (narrow >= bound) {
      return new Choice(
          Optional.of(eight), "8 bits keep %s".formatted(StaticQuantization.dB(narrow)));
    }
    String little = "8 bits keep only %s".formatted(StaticQuantization.dB(narrow));
    if (freedom == PartQuantization.Freedom.NONE) {
      return new Choice(Optional.of(eight), little + ", and the device takes nothing else");
    }
    if (support.sixteenBits() && wide >= bound) {
      return new Choice(
          Optional.of(sixteen), "%s, 16 keep %s".formatted(little, StaticQuantization.dB(wide)));
    }
    return new Choice(
        Optional.empty(),
        support.sixteenBits()
            ? "%s, 16 only %s".formatted(little, StaticQuantization.dB(wide))
            : "%s, and the target takes no 16".formatted(little));
  }

  /**
   * Gives values of eight bits sixteen, where the target takes these.
   *
   * @return whether there was one
   */
  boolean widen(Collection<String> values, String reason) {
    boolean widened = false;
    for (String value : values) {
      String group = groups.of(value);
      Choice choice = choices.get(group);
      ValueStatistics seen = statistics.get(group);
      if (support.sixteenBits()
          && choice != null
          && seen != null
          && choice.stored().filter(stored -> stored.bits() == 8).isPresent()) {
        choices.put(group, new Choice(Optional.of(sixteenBits(seen)), reason));
        widened = true;
      }
    }
    return widened;
  }

  /** Whether a value has floating-point numbers, and some were seen. */
  boolean measured(String value) {
    return floating.contains(value);
  }

  /** What was seen of a value, or of those that it shares its range with. */
  ValueStatistics of(String value) {
    return statistics.computeIfAbsent(groups.of(value), group -> new ValueStatistics());
  }

  /** How a value is stored; empty before {@link #choose}, and for one that was not measured. */
  Optional<Choice> choice(String value) {
    return Optional.ofNullable(choices.get(groups.of(value)));
  }

  /** The constant operands of candidates. */
  SortedMap<String, float[]> constants() {
    return constants;
  }
}
