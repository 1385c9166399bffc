package org.m4fw.graph.legalize;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Literal;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.ir.Weight;

/**
 * Multiplies the inputs of linear layers whose weights have factors for them ({@link
 * Weight#inputFactors}). Layers that read one value with the same factors share the product. Where
 * the value comes from a norm and nobody else reads it, the factors go into the norm's gain and
 * cost nothing. Adapters read the value without factors, so that their A does not depend on how the
 * weight is stored.
 */
final class InputScaling {
  private final Graph graph;
  private final Lowering lowering;

  /** All factors that a value is multiplied with for some layer. */
  private final Map<String, List<Literal>> factors = new HashMap<>();

  /** Values that somebody reads as they are. */
  private final Set<String> plain = new HashSet<>();

  private final Set<String> normed = new HashSet<>();

  private InputScaling(Graph graph, Lowering lowering) {
    this.graph = graph;
    this.lowering = lowering;
  }

  /**
   * Looks at a graph.
   *
   * @param adapted whether adapters come in at attachment points
   */
  static InputScaling of(Graph graph, Lowering lowering, boolean adapted) {
    InputScaling scaling = new InputScaling(graph, lowering);
    graph.outputs().stream().map(Port::name).forEach(scaling.plain::add);
    graph.nodes().forEach(node -> scaling.look(node, adapted));
    return scaling;
  }

  private void look(Node node, boolean adapted) {
    switch (node.operator()) {
      case Operator.Linear linear when weight(linear).flatMap(Weight::inputFactors).isPresent() -> {
        String x = node.inputs().getFirst();
        index(x, weight(linear).flatMap(Weight::inputFactors).orElseThrow());
        if (adapted && linear.attachment().isPresent()) {
          plain.add(x);
        }
      }
      case Operator.RmsNorm norm -> {
        plain.addAll(node.inputs());
        normed.add(node.outputs().getFirst());
      }
      case Operator.LayerNorm norm -> {
        plain.addAll(node.inputs());
        normed.add(node.outputs().getFirst());
      }
      default -> plain.addAll(node.inputs());
    }
  }

  private Optional<Weight> weight(Operator.Linear linear) {
    return Optional.ofNullable(graph.weights().get(linear.weight()));
  }

  /** Where factors are among those of a value; they are added if they are new. */
  private int index(String x, Literal wanted) {
    List<Literal> known = factors.computeIfAbsent(x, value -> new ArrayList<>());
    for (int i = 0; i < known.size(); i++) {
      if (Arrays.equals(known.get(i).bytes(), wanted.bytes())) {
        return i;
      }
    }
    known.add(wanted);
    return known.size() - 1;
  }

  /** Whether the gain of the norm that gives a value takes all factors of the value. */
  private boolean folds(String value) {
    return normed.contains(value)
        && !plain.contains(value)
        && factors.getOrDefault(value, List.of()).size() == 1;
  }

  /** The norm that gives a value, with factors in its gain if all that read the value want them. */
  Operator.RmsNorm folded(String output, Operator.RmsNorm norm) {
    return folds(output) ? scaled(output, 0, norm) : norm;
  }

  Operator.LayerNorm folded(String output, Operator.LayerNorm norm) {
    return folds(output) ? scaled(output, 0, norm) : norm;
  }

  /** How many products of a value with factors are wanted beside the value itself. */
  int products(String value) {
    return folds(value) ? 0 : factors.getOrDefault(value, List.of()).size();
  }

  /** The norm that gives such a product. */
  Operator.RmsNorm scaled(String value, int index, Operator.RmsNorm norm) {
    return new Operator.RmsNorm(parameter(value, index, "gain", norm.weight()), norm.epsilon());
  }

  Operator.LayerNorm scaled(String value, int index, Operator.LayerNorm norm) {
    return new Operator.LayerNorm(
        parameter(value, index, "gain", norm.weight()),
        parameter(value, index, "bias", norm.bias()),
        norm.epsilon());
  }

  private String parameter(String value, int index, String what, String name) {
    Weight weight = graph.weights().get(name);
    if (weight == null || !(weight.source() instanceof Weight.Source.Stored(Tensor tensor))) {
      throw new IllegalStateException("norms are never quantized: " + name);
    }
    float[] numbers = TensorFloats.all(tensor);
    float[] by = factors.getOrDefault(value, List.of()).get(index).floats();
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] *= by[i];
    }
    return lowering
        .graph()
        .literal(
            product(value, index) + "." + what,
            Literal.real(lowering.arithmetic(), weight.shape(), numbers));
  }

  /** What a linear layer reads. */
  String ofLinear(String x, String weight) {
    Optional<Literal> own =
        Optional.ofNullable(graph.weights().get(weight)).flatMap(Weight::inputFactors);
    if (own.isEmpty() || folds(x)) {
      return x;
    }
    String product = product(x, index(x, own.get()));
    if (!lowering.graph().hasValue(product)) {
      String literal =
          lowering.graph().literal(product + ".factors", own.get().withType(lowering.arithmetic()));
      lowering.op("Mul", product, x, literal);
    }
    return product;
  }

  /** The name of the product of a value with one kind of its factors. */
  static String product(String value, int index) {
    return value + ".scaled" + (index == 0 ? "" : "." + index);
  }
}
