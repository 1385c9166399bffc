package org.m4fw.graph.shape;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.LongStream;
import org.m4fw.graph.ir.Operator.Attribute;
import org.m4fw.graph.ir.Operator.Primitive;

/**
 * The shapes that ONNX's operators give, as its specification says: those that importers use and
 * whose results do not depend on the data.
 */
public record PrimitiveShapes(Primitive operator, List<Value> in) {
  private static final Set<String> ELEMENTWISE =
      Set.of(
          "Abs",
          "Add",
          "And",
          "Cast",
          "Ceil",
          "Clip",
          "Cos",
          "CumSum",
          "Div",
          "Equal",
          "Erf",
          "Exp",
          "Floor",
          "Gelu",
          "Greater",
          "GreaterOrEqual",
          "Identity",
          "LayerNormalization",
          "LeakyRelu",
          "Less",
          "LessOrEqual",
          "Log",
          "LpNormalization",
          "Max",
          "Min",
          "Mul",
          "Neg",
          "Not",
          "Or",
          "Pow",
          "Reciprocal",
          "Relu",
          "Round",
          "Sigmoid",
          "Sign",
          "Sin",
          "Softmax",
          "Softplus",
          "Sqrt",
          "Sub",
          "Tanh",
          "Where");

  /**
   * The results.
   *
   * @throws UnknownShapeException if the shape is only known when the graph runs
   */
  public List<Value> outputs() {
    return operator.type().equals("Split") ? split() : List.of(output());
  }

  private Value output() {
    return switch (operator.type()) {
      case "Reshape" -> reshape();
      case "Transpose" -> transpose();
      case "Concat" -> concat();
      case "Gather" -> gather();
      case "GatherND" -> gatherNd();
      case "Expand" -> Value.broadcast(in(0), Value.of(in(1).numbers()));
      case "Shape" -> shape();
      case "Unsqueeze" -> unsqueeze();
      case "Squeeze" -> squeeze();
      case "Slice" -> slice();
      case "Pad" -> pad();
      case "Conv" -> convolution();
      case "ConvTranspose" -> transposedConvolution();
      case "Resize" -> resize();
      case "MatMul" -> matMul();
      case "InstanceNormalization" -> in(0);
      case "GatherElements" -> Value.of(in(1).dims());
      case "Range" -> range();
      case "ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceL2", "ArgMax" -> reduce();
      default -> elementwise();
    };
  }

  private Value in(int index) {
    return in.get(index);
  }

  private Value elementwise() {
    if (!ELEMENTWISE.contains(operator.type())) {
      throw new UnknownShapeException(operator.type());
    }
    return in.stream().reduce(Value.of(List.of()), Value::broadcast);
  }

  private long integer(String name, long otherwise) {
    return operator.attributes().get(name) instanceof Attribute.Int(long value) ? value : otherwise;
  }

  private List<Long> integers(String name, long otherwise, int count) {
    return operator.attributes().get(name) instanceof Attribute.Ints(List<Long> values)
        ? values
        : LongStream.generate(() -> otherwise).limit(count).boxed().toList();
  }

  private int axis(long axis, int rank) {
    return (int) (axis < 0 ? axis + rank : axis);
  }

  private Value reshape() {
    List<Long> wanted = in(1).numbers();
    List<Long> dims = new ArrayList<>();
    long known = 1;
    for (int i = 0; i < wanted.size(); i++) {
      long dim = wanted.get(i) == 0 ? in(0).dim(i) : wanted.get(i);
      dims.add(dim);
      known *= dim < 0 ? 1 : dim;
    }
    int open = dims.indexOf(-1L);
    if (open >= 0) {
      dims.set(open, in(0).count() / known);
    }
    return Value.of(dims);
  }

  private Value transpose() {
    List<Long> order = integers("perm", -1, in(0).rank());
    return Value.of(order.stream().map(axis -> in(0).dim(axis.intValue())).toList());
  }

  private Value concat() {
    int axis = axis(integer("axis", 0), in(0).rank());
    if (in.stream().allMatch(value -> value.whole().isPresent())) {
      return Value.ofNumbers(in.stream().flatMap(value -> value.numbers().stream()).toList());
    }
    List<Long> dims = new ArrayList<>(in(0).dims());
    dims.set(axis, in.stream().mapToLong(value -> value.dim(axis)).sum());
    return Value.of(dims);
  }

  private Value gather() {
    int axis = axis(integer("axis", 0), in(0).rank());
    List<Long> dims = new ArrayList<>(in(0).dims());
    dims.remove(axis);
    dims.addAll(axis, in(1).dims());
    boolean known = in(0).whole().isPresent() && in(1).whole().isPresent();
    return known
        ? new Value(
            dims,
            Optional.of(
                in(1).numbers().stream()
                    .map(i -> in(0).numbers().get(axis(i, in(0).numbers().size())))
                    .toList()))
        : Value.of(dims);
  }

  private Value gatherNd() {
    int batch = (int) integer("batch_dims", 0);
    int last = in(1).rank() - 1;
    List<Long> dims = new ArrayList<>(in(1).dims().subList(0, last));
    dims.addAll(in(0).dims().subList(batch + (int) in(1).dim(last), in(0).rank()));
    return Value.of(dims);
  }

  private Value shape() {
    int rank = in(0).rank();
    int from = axis(integer("start", 0), rank);
    int to = axis(integer("end", rank), rank);
    return Value.ofNumbers(in(0).dims().subList(from, to));
  }

  private Value unsqueeze() {
    List<Long> dims = new ArrayList<>(in(0).dims());
    int rank = dims.size() + in(1).numbers().size();
    in(1).numbers().stream()
        .map(axis -> axis(axis, rank))
        .sorted()
        .forEach(axis -> dims.add(axis, 1L));
    return new Value(dims, in(0).whole());
  }

  private Value squeeze() {
    List<Long> dims = new ArrayList<>(in(0).dims());
    in(1).numbers().stream()
        .map(axis -> axis(axis, in(0).rank()))
        .sorted(java.util.Comparator.reverseOrder())
        .forEach(axis -> dims.remove(axis.intValue()));
    return new Value(dims, in(0).whole());
  }

  private Value slice() {
    List<Long> dims = new ArrayList<>(in(0).dims());
    List<Long> axes =
        in.size() > 3 ? in(3).numbers() : LongStream.range(0, in(0).rank()).boxed().toList();
    for (int i = 0; i < axes.size(); i++) {
      int axis = axis(axes.get(i), in(0).rank());
      long step = in.size() > 4 ? in(4).numbers().get(i) : 1;
      long size = in(0).dim(axis);
      long start = bound(in(1).numbers().get(i), size, step > 0 ? size : size - 1);
      long end = bound(in(2).numbers().get(i), size, size);
      long length = step > 0 ? end - start : start - (in(2).numbers().get(i) < -size ? -1 : end);
      dims.set(axis, Math.max(0, Math.ceilDiv(length, Math.abs(step))));
    }
    return Value.of(dims);
  }

  private static long bound(long index, long size, long most) {
    long positive = index < 0 ? index + size : index;
    return Math.clamp(positive, 0, most);
  }

  private Value pad() {
    List<Long> pads = in(1).numbers();
    List<Long> dims = new ArrayList<>();
    for (int axis = 0; axis < in(0).rank(); axis++) {
      dims.add(in(0).dim(axis) + pads.get(axis) + pads.get(axis + in(0).rank()));
    }
    return Value.of(dims);
  }

  private List<Value> split() {
    int axis = axis(integer("axis", 0), in(0).rank());
    List<Value> parts = new ArrayList<>();
    for (long size : in.size() > 1 ? in(1).numbers() : equalParts(in(0).dim(axis))) {
      List<Long> dims = new ArrayList<>(in(0).dims());
      dims.set(axis, size);
      parts.add(Value.of(dims));
    }
    return parts;
  }

  /** The last part is smaller where the size is no multiple of their number. */
  private List<Long> equalParts(long size) {
    long count = integer("num_outputs", 1);
    long part = Math.ceilDiv(size, count);
    return LongStream.range(0, count).map(i -> Math.min(part, size - i * part)).boxed().toList();
  }

  private Value convolution() {
    int spatial = in(0).rank() - 2;
    List<Long> strides = integers("strides", 1, spatial);
    List<Long> dilations = integers("dilations", 1, spatial);
    List<Long> pads = integers("pads", 0, 2 * spatial);
    List<Long> dims = new ArrayList<>(List.of(in(0).dim(0), in(1).dim(0)));
    for (int i = 0; i < spatial; i++) {
      long reach = dilations.get(i) * (in(1).dim(i + 2) - 1) + 1;
      long padded = in(0).dim(i + 2) + pads.get(i) + pads.get(i + spatial);
      dims.add((padded - reach) / strides.get(i) + 1);
    }
    return Value.of(dims);
  }

  private Value transposedConvolution() {
    int spatial = in(0).rank() - 2;
    List<Long> strides = integers("strides", 1, spatial);
    List<Long> pads = integers("pads", 0, 2 * spatial);
    List<Long> extra = integers("output_padding", 0, spatial);
    long channels = in(1).dim(1) * integer("group", 1);
    List<Long> dims = new ArrayList<>(List.of(in(0).dim(0), channels));
    for (int i = 0; i < spatial; i++) {
      long whole = (in(0).dim(i + 2) - 1) * strides.get(i) + in(1).dim(i + 2) + extra.get(i);
      dims.add(whole - pads.get(i) - pads.get(i + spatial));
    }
    return Value.of(dims);
  }

  /** Images are made twice as high and wide; no other factor is used. */
  private Value resize() {
    List<Long> dims = new ArrayList<>(in(0).dims());
    for (int axis = 2; axis < dims.size(); axis++) {
      dims.set(axis, 2 * dims.get(axis));
    }
    return Value.of(dims);
  }

  private Value matMul() {
    int left = in(0).rank();
    int right = in(1).rank();
    if (left < 2 || right < 2) {
      throw new UnknownShapeException("the product of a vector");
    }
    Value batch =
        Value.broadcast(
            Value.of(in(0).dims().subList(0, left - 2)),
            Value.of(in(1).dims().subList(0, right - 2)));
    List<Long> dims = new ArrayList<>(batch.dims());
    dims.add(in(0).dim(-2));
    dims.add(in(1).dim(-1));
    return Value.of(dims);
  }

  private Value range() {
    long start = in(0).numbers().getFirst();
    long limit = in(1).numbers().getFirst();
    long step = in(2).numbers().getFirst();
    long count = Math.max(0, Math.ceilDiv(limit - start, step));
    return Value.of(List.of(count));
  }

  private Value reduce() {
    boolean keep = integer("keepdims", 1) == 1;
    List<Long> axes = in.size() > 1 ? in(1).numbers() : List.of(integer("axis", 0));
    List<Long> dims = new ArrayList<>(in(0).dims());
    axes.stream()
        .map(axis -> axis(axis, in(0).rank()))
        .sorted(java.util.Comparator.reverseOrder())
        .forEach(
            axis -> {
              if (keep) {
                dims.set(axis, 1L);
              } else {
                dims.remove(axis.intValue());
              }
            });
    return Value.of(dims);
  }
}
