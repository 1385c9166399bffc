package org.m4fw.graph.fixed;

import java.util.List;
import java.util.Optional;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Operator.Attribute;
import org.m4fw.graph.ir.Operator.Primitive;

/** Operators of ONNX that compute one element from one element of each input, broadcast. */
final class Elementwise {
  private Elementwise() {}

  /** One element of the result, from those of the inputs; empty for other operators. */
  static Optional<Double> of(Primitive operator, ElementType type, double[] in) {
    return switch (operator.type()) {
      case "Identity", "Cast" -> Optional.of(in[0]);
      case "Add" -> Optional.of(in[0] + in[1]);
      case "Sub" -> Optional.of(in[0] - in[1]);
      case "Mul" -> Optional.of(in[0] * in[1]);
      case "Div" -> Optional.of(in[0] / in[1]);
      case "Pow" -> Optional.of(Math.pow(in[0], in[1]));
      case "Max" -> Optional.of(java.util.Arrays.stream(in).max().orElseThrow());
      case "Min" -> Optional.of(java.util.Arrays.stream(in).min().orElseThrow());
      case "Neg" -> Optional.of(-in[0]);
      case "Abs" -> Optional.of(Math.abs(in[0]));
      case "Sqrt" -> Optional.of(Math.sqrt(in[0]));
      case "Exp" -> Optional.of(Math.exp(in[0]));
      case "Log" -> Optional.of(Math.log(in[0]));
      case "Sin" -> Optional.of(Math.sin(in[0]));
      case "Cos" -> Optional.of(Math.cos(in[0]));
      case "Tanh" -> Optional.of(Math.tanh(in[0]));
      case "Sigmoid" -> Optional.of(1 / (1 + Math.exp(-in[0])));
      case "Softplus" -> Optional.of(Math.max(in[0], 0) + Math.log1p(Math.exp(-Math.abs(in[0]))));
      case "Reciprocal" -> Optional.of(1 / in[0]);
      case "Ceil" -> Optional.of(Math.ceil(in[0]));
      case "Floor" -> Optional.of(Math.floor(in[0]));
      case "Round" -> Optional.of(Math.rint(in[0]));
      case "Relu" -> Optional.of(Math.max(in[0], 0));
      case "LeakyRelu" -> Optional.of(in[0] < 0 ? in[0] * alpha(operator) : in[0]);
      case "Clip" -> Optional.of(clip(in));
      case "Where" -> Optional.of(in[0] != 0 ? in[1] : in[2]);
      default -> logic(operator.type(), in);
    };
  }

  private static Optional<Double> logic(String type, double[] in) {
    Optional<Boolean> truth =
        switch (type) {
          case "Equal" -> Optional.of(in[0] == in[1]);
          case "Less" -> Optional.of(in[0] < in[1]);
          case "LessOrEqual" -> Optional.of(in[0] <= in[1]);
          case "Greater" -> Optional.of(in[0] > in[1]);
          case "GreaterOrEqual" -> Optional.of(in[0] >= in[1]);
          case "And" -> Optional.of(in[0] != 0 && in[1] != 0);
          case "Or" -> Optional.of(in[0] != 0 || in[1] != 0);
          case "Not" -> Optional.of(in[0] == 0);
          default -> Optional.empty();
        };
    return truth.map(value -> value ? 1.0 : 0.0);
  }

  /** The type of the result. */
  static ElementType type(Primitive operator, List<ElementType> in) {
    return switch (operator.type()) {
      case "Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual", "And", "Or", "Not" ->
          ElementType.BOOL;
      case "Where" -> in.get(1);
      case "Shape", "ArgMax" -> ElementType.INT64;
      case "Cast" -> cast(operator);
      default -> in.getFirst();
    };
  }

  private static ElementType cast(Primitive operator) {
    long number = operator.attributes().get("to") instanceof Attribute.Int(long to) ? to : -1;
    for (ElementType type : ElementType.values()) {
      if (type.onnxNumber() == number) {
        return type;
      }
    }
    throw new IllegalArgumentException("cast to type " + number);
  }

  private static double alpha(Primitive operator) {
    return operator.attributes().get("alpha") instanceof Attribute.Real(float alpha)
        ? alpha
        : 0.01f;
  }

  private static double clip(double[] in) {
    double low = in.length > 1 ? in[1] : Double.NEGATIVE_INFINITY;
    double high = in.length > 2 ? in[2] : Double.POSITIVE_INFINITY;
    return Math.min(Math.max(in[0], low), high);
  }
}
