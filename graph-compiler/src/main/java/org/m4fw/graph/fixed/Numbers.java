package org.m4fw.graph.fixed;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.stream.DoubleStream;
import org.m4fw.checkpoint.Shape;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Literal;
import org.m4fw.graph.shape.Value;

/**
 * A constant whose elements can be computed with. Integers beyond 2^53 lose their last bits; graphs
 * use such ones only as "to the end", which {@code Slice} clamps.
 *
 * @param values row-major; truth is 1 and 0; a copy of nobody's, not to be changed
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
record Numbers(ElementType type, List<Long> dims, double[] values) {
  Numbers {
    dims = List.copyOf(dims);
  }

  /** The numbers of a literal; empty for types that graphs do not compute with. */
  static Optional<Numbers> of(Literal literal) {
    ByteBuffer bytes = ByteBuffer.wrap(literal.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    int count = Math.toIntExact(literal.shape().count());
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      switch (literal.type()) {
        case FLOAT32 -> values[i] = bytes.getFloat();
        case FLOAT16 -> values[i] = Float.float16ToFloat(bytes.getShort());
        case INT64 -> values[i] = bytes.getLong();
        case INT32 -> values[i] = bytes.getInt();
        case BOOL -> values[i] = bytes.get();
        default -> {
          return Optional.empty();
        }
      }
    }
    return Optional.of(new Numbers(literal.type(), literal.shape().dims(), values));
  }

  static Numbers whole(List<Long> dims, List<Long> numbers) {
    return new Numbers(
        ElementType.INT64, dims, numbers.stream().mapToDouble(Long::doubleValue).toArray());
  }

  Literal literal() {
    ByteBuffer bytes =
        ByteBuffer.allocate(type.bytes() * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (double value : values) {
      switch (type) {
        case FLOAT32 -> bytes.putFloat((float) value);
        case FLOAT16 -> bytes.putShort(Float.floatToFloat16((float) value));
        case INT64 -> bytes.putLong((long) value);
        case INT32 -> bytes.putInt((int) value);
        case BOOL -> bytes.put((byte) (value == 0 ? 0 : 1));
        default -> throw new IllegalStateException("not computed with: " + type);
      }
    }
    return new Literal(type, new Shape(dims), bytes.array());
  }

  /** As shapes are computed: with its numbers where they can be sizes. */
  Value value() {
    boolean sizes = type == ElementType.INT64 && dims.size() <= 1;
    return new Value(
        dims,
        sizes
            ? Optional.of(DoubleStream.of(values).mapToObj(number -> (long) number).toList())
            : Optional.empty());
  }

  /** A number in the precision of a type. */
  static double rounded(ElementType type, double value) {
    return switch (type) {
      case FLOAT32 -> (float) value;
      case FLOAT16 -> Float.float16ToFloat(Float.floatToFloat16((float) value));
      case BOOL -> value == 0 ? 0 : 1;
      default -> (double) (long) value;
    };
  }

  /** The distance of neighbours along each axis, in elements. */
  static long[] strides(List<Long> dims) {
    long[] strides = new long[dims.size()];
    long stride = 1;
    for (int axis = dims.size() - 1; axis >= 0; axis--) {
      strides[axis] = stride;
      stride *= dims.get(axis);
    }
    return strides;
  }

  /** The indices of an element, by its place in row-major order. */
  static long[] indices(List<Long> dims, long place) {
    long[] indices = new long[dims.size()];
    long rest = place;
    for (int axis = dims.size() - 1; axis >= 0; axis--) {
      indices[axis] = rest % dims.get(axis);
      rest /= dims.get(axis);
    }
    return indices;
  }

  /** The element at these indices of a value that this one is broadcast to. */
  double at(long[] indices) {
    long[] strides = strides(dims);
    long place = 0;
    int skipped = indices.length - dims.size();
    for (int axis = 0; axis < dims.size(); axis++) {
      place += dims.get(axis) == 1 ? 0 : indices[skipped + axis] * strides[axis];
    }
    return values[(int) place];
  }
}
