package org.m4fw.graph.fixed;

import java.util.List;
import java.util.Optional;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Operator.Attribute;
import org.m4fw.graph.ir.Operator.Primitive;
import org.m4fw.graph.shape.PrimitiveShapes;
import org.m4fw.graph.shape.Value;

/** Computes operators of ONNX whose inputs are all constant, in the precision of their types. */
final class Constants {
  /** Beyond this a constant would cost more room than computing it costs time. */
  private static final long MOST_ELEMENTS = 1L << 22;

  private Constants() {}

  /** The result; empty if the operator is none that can be computed here, or the result large. */
  static Optional<Numbers> fold(Primitive operator, List<Numbers> in) {
    Value shape =
        new PrimitiveShapes(operator, in.stream().map(Numbers::value).toList())
            .outputs()
            .getFirst();
    if (shape.count() > MOST_ELEMENTS || in.isEmpty()) {
      return Optional.empty();
    }
    ElementType type = Elementwise.type(operator, in.stream().map(Numbers::type).toList());
    if (shape.whole().isPresent()) {
      return Optional.of(Numbers.whole(shape.dims(), shape.whole().get()));
    }
    return new Movement(operator, in, shape.dims())
        .values()
        .or(() -> length(operator, in, shape))
        .or(() -> elementwise(operator, type, in, shape))
        .map(values -> new Numbers(type, shape.dims(), values));
  }

  /** The lengths of vectors along some axes, which the result has with size 1. */
  private static Optional<double[]> length(Primitive operator, List<Numbers> in, Value shape) {
    boolean keeps =
        !(operator.attributes().get("keepdims") instanceof Attribute.Int(long keep)) || keep == 1;
    if (!operator.type().equals("ReduceL2") || !keeps) {
      return Optional.empty();
    }
    double[] values = new double[Math.toIntExact(shape.count())];
    long[] strides = Numbers.strides(shape.dims());
    Numbers vectors = in.getFirst();
    for (int i = 0; i < vectors.values().length; i++) {
      long[] indices = Numbers.indices(vectors.dims(), i);
      int place = 0;
      for (int axis = 0; axis < indices.length; axis++) {
        place += shape.dims().get(axis) == 1 ? 0 : (int) (indices[axis] * strides[axis]);
      }
      values[place] += vectors.values()[i] * vectors.values()[i];
    }
    for (int i = 0; i < values.length; i++) {
      values[i] = Numbers.rounded(vectors.type(), Math.sqrt(values[i]));
    }
    return Optional.of(values);
  }

  private static Optional<double[]> elementwise(
      Primitive operator, ElementType type, List<Numbers> in, Value shape) {
    double[] values = new double[Math.toIntExact(shape.count())];
    double[] elements = new double[in.size()];
    for (int i = 0; i < values.length; i++) {
      long[] indices = Numbers.indices(shape.dims(), i);
      for (int input = 0; input < elements.length; input++) {
        elements[input] = in.get(input).at(indices);
      }
      Optional<Double> value = Elementwise.of(operator, type, elements);
      if (value.isEmpty()) {
        return Optional.empty();
      }
      values[i] = Numbers.rounded(type, value.get());
    }
    return Optional.of(values);
  }
}
