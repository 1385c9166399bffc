package org.m4fw.graph.tflite;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator.Attribute;
import org.m4fw.graph.ir.Operator.Primitive;
import org.m4fw.graph.tflite.LiteModel.Option;
import org.m4fw.graph.tflite.LiteModel.Quantization;

/** Operators that compute: element by element, along an axis, or products of matrices. */
final class ArithmeticOperations {
  private static final Option NO_ACTIVATION = new Option.Choice(0, 0);

  /** What LiteRT computes in floating point only. */
  private static final Set<String> FLOATING =
      Set.of("Ceil", "Cos", "Div", "Exp", "Gelu", "Log", "Neg", "Reciprocal", "Sin", "Sqrt");

  private final LiteGraph graph;
  private final LiteValues values;
  private final Map<String, Node> makers;

  ArithmeticOperations(LiteGraph graph, LiteValues values, Map<String, Node> makers) {
    this.graph = graph;
    this.values = values;
    this.makers = makers;
  }

  private static String y(Node node) {
    return node.outputs().getFirst();
  }

  /** One operator of the same inputs. */
  void same(Node node, BuiltinOperator operator, Option... options) {
    Integer[] inputs = node.inputs().stream().map(values::tensor).toArray(Integer[]::new);
    graph.op(operator, 1, List.of(options), node.name(), values.output(y(node)), inputs);
  }

  /** One operator whose result is always stored in the same way. */
  private void fixed(Node node, String type, BuiltinOperator operator, Option... options) {
    Optional<Quantization> wanted =
        values.isWhole() ? LiteNumbers.fixed(type).map(WholeConstants::affine) : Optional.empty();
    Optional<Quantization> own = values.quantization(y(node));
    if (wanted.equals(own)) {
      each(node, operator, options);
      return;
    }
    int x = values.tensor(node.inputs().getFirst());
    int exact = graph.value(y(node) + ".exact", TensorType.INT8, graph.shape(x), wanted);
    graph.op(operator, 1, List.of(options), node.name(), exact, x);
    values.put(y(node), graph.requantized(node.name(), y(node), exact, own.orElseThrow()));
  }

  void softmax(Node node, Primitive operator) {
    int rank = values.value(y(node)).rank();
    long axis = operator.attributes().get("axis") instanceof Attribute.Int(long value) ? value : -1;
    if (axis != -1 && axis != rank - 1) {
      throw LiteError.NO_EQUIVALENT.at(node.name(), "", "Softmax", "not over the last axis");
    }
    fixed(node, "Softmax", BuiltinOperator.SOFTMAX, new Option.Real(0, 1));
  }

  void reduce(Node node, Primitive operator, BuiltinOperator reduction) {
    if (values.isWhole() && reduction == BuiltinOperator.SUM) {
      throw LiteError.NOT_WHOLE.at(node.name(), "", operator.type(), "sums need more bits");
    }
    boolean keep =
        !(operator.attributes().get("keepdims") instanceof Attribute.Int(long value)) || value == 1;
    int rank = values.value(node.inputs().getFirst()).rank();
    List<Integer> axes = new ArrayList<>();
    if (node.inputs().size() > 1) {
      values
          .integers(node.inputs().get(1))
          .orElseThrow(
              () -> LiteError.NO_EQUIVALENT.at(node.name(), "", operator.type(), "unknown axes"))
          .forEach(axis -> axes.add((int) (axis < 0 ? axis + rank : axis)));
    } else {
      for (int axis = 0; axis < rank; axis++) {
        axes.add(axis);
      }
    }
    int x =
        reduction == BuiltinOperator.REDUCE_MAX
            ? values.like(node.inputs().getFirst(), y(node))
            : values.tensor(node.inputs().getFirst());
    graph.op(
        reduction,
        1,
        List.of(new Option.Flag(0, keep)),
        node.name(),
        values.output(y(node)),
        x,
        graph.ints(axes));
  }

  void elementwise(Node node, Primitive operator) {
    String type = operator.type();
    if (values.isWhole() && FLOATING.contains(type)) {
      throw LiteError.NOT_WHOLE.at(node.name(), "", type, "no such operator");
    }
    switch (type) {
      case "Add" -> each(node, BuiltinOperator.ADD, NO_ACTIVATION);
      case "Sub" -> each(node, BuiltinOperator.SUB, NO_ACTIVATION);
      case "Mul" -> each(node, BuiltinOperator.MUL, NO_ACTIVATION);
      case "Div" -> each(node, BuiltinOperator.DIV, NO_ACTIVATION);
      case "Max" -> pairs(node, BuiltinOperator.MAXIMUM);
      case "Min" -> pairs(node, BuiltinOperator.MINIMUM);
      case "Sqrt" -> each(node, BuiltinOperator.SQRT);
      case "Exp" -> each(node, BuiltinOperator.EXP);
      case "Log" -> each(node, BuiltinOperator.LOG);
      case "Neg" -> each(node, BuiltinOperator.NEG);
      case "Sin" -> each(node, BuiltinOperator.SIN);
      case "Cos" -> each(node, BuiltinOperator.COS);
      case "Ceil" -> each(node, BuiltinOperator.CEIL);
      case "Relu" -> each(node, BuiltinOperator.RELU);
      case "Tanh" -> fixed(node, type, BuiltinOperator.TANH);
      case "Sigmoid" -> fixed(node, type, BuiltinOperator.LOGISTIC);
      case "LpNormalization" -> fixed(node, type, BuiltinOperator.L2_NORMALIZATION, NO_ACTIVATION);
      case "Pow" -> power(node);
      case "LeakyRelu" ->
          each(node, BuiltinOperator.LEAKY_RELU, new Option.Real(0, slope(operator)));
      case "Gelu" -> each(node, BuiltinOperator.GELU, new Option.Flag(0, isApproximate(operator)));
      case "Reciprocal" -> reciprocal(node);
      case "Cast" -> cast(node);
      default -> throw LiteError.NO_EQUIVALENT.at(node.name(), "", type, "no such operator");
    }
  }

  private static float slope(Primitive operator) {
    return operator.attributes().get("alpha") instanceof Attribute.Real(float alpha)
        ? alpha
        : 0.01f;
  }

  private static boolean isApproximate(Primitive operator) {
    return operator.attributes().get("approximate") instanceof Attribute.Text(String kind)
        && kind.equals("tanh");
  }

  private void pairs(Node node, BuiltinOperator operator) {
    if (node.inputs().size() != 2) {
      throw LiteError.NO_EQUIVALENT.at(node.name(), "", operator, "not of two");
    }
    if (values.isWhole()) {
      int left = values.like(node.inputs().get(0), y(node));
      int right = values.like(node.inputs().get(1), y(node));
      graph.op(operator, 1, List.of(), node.name(), values.output(y(node)), left, right);
      return;
    }
    each(node, operator);
  }

  /** Images that are there channels last stay so. */
  private void each(Node node, BuiltinOperator operator, Option... options) {
    boolean images =
        values.value(y(node)).rank() == 4
            && node.inputs().stream().anyMatch(values::isChannelsLastOnly)
            && node.inputs().stream().allMatch(this::canBeChannelsLast);
    if (!images) {
      same(node, operator, options);
      return;
    }
    Integer[] inputs =
        node.inputs().stream()
            .map(
                input ->
                    values.value(input).count() == 1 && !values.hasChannelsLast(input)
                        ? values.tensor(input)
                        : values.channelsLast(input))
            .toArray(Integer[]::new);
    graph.op(
        operator, 1, List.of(options), node.name(), values.outputChannelsLast(y(node)), inputs);
  }

  private boolean canBeChannelsLast(String input) {
    return values.value(input).rank() == 4 || values.value(input).count() == 1;
  }

  /** 1/√x where the square root is only made for it, else a division. */
  private void reciprocal(Node node) {
    String x = node.inputs().getFirst();
    Node maker = makers.get(x);
    if (maker != null && maker.operator() instanceof Primitive root && root.type().equals("Sqrt")) {
      int square = values.tensor(maker.inputs().getFirst());
      graph.op(BuiltinOperator.RSQRT, 1, List.of(), node.name(), values.output(y(node)), square);
      return;
    }
    int divisor = values.tensor(x);
    graph.op(
        BuiltinOperator.DIV,
        1,
        List.of(NO_ACTIVATION),
        node.name(),
        values.output(y(node)),
        graph.real(1),
        divisor);
  }

  private void power(Node node) {
    boolean root =
        values.isConstant(node.inputs().get(1))
            && Arrays.equals(values.floats(node.inputs().get(1)), new float[] {-0.5f});
    if (!root) {
      throw LiteError.NO_EQUIVALENT.at(node.name(), "", "Pow", "of another exponent than -1/2");
    }
    int x = values.tensor(node.inputs().getFirst());
    graph.op(BuiltinOperator.RSQRT, 1, List.of(), node.name(), values.output(y(node)), x);
  }

  private void cast(Node node) {
    String x = node.inputs().getFirst();
    TensorType from = LiteValues.type(values.value(x).type());
    TensorType to = LiteValues.type(values.value(y(node)).type());
    if (from == to) {
      values.put(y(node), values.like(x, y(node)));
      return;
    }
    if (values.isWhole()) {
      throw LiteError.NOT_WHOLE.at(node.name(), "", "Cast", "from %s to %s".formatted(from, to));
    }
    same(
        node,
        BuiltinOperator.CAST,
        new Option.Choice(0, from.number()),
        new Option.Choice(1, to.number()));
  }
}
