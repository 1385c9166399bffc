package org.m4fw.graph.fixed;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.m4fw.graph.ir.Operator.Attribute;
import org.m4fw.graph.ir.Operator.Primitive;

/**
 * Operators of ONNX that only move elements: which element of the input each element of the result
 * is. Results that are known by their shape alone keep the order.
 *
 * @param out the shape of the result
 */
record Movement(Primitive operator, List<Numbers> in, List<Long> out) {

  /** The result; empty for other operators. */
  Optional<double[]> values() {
    return switch (operator.type()) {
      case "Reshape", "Unsqueeze", "Squeeze", "Flatten" -> Optional.of(first().values());
      case "Expand" -> Optional.of(each(first()::at));
      case "Transpose" -> Optional.of(transpose());
      case "Gather" -> Optional.of(gather());
      case "Concat" -> Optional.of(concat());
      case "Slice" -> Optional.of(slice());
      case "Range" -> Optional.of(range());
      default -> Optional.empty();
    };
  }

  private interface Source {
    double at(long[] indices);
  }

  private double[] each(Source source) {
    int count = Math.toIntExact(out.stream().reduce(1L, Math::multiplyExact));
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = source.at(Numbers.indices(out, i));
    }
    return values;
  }

  private Numbers first() {
    return in.getFirst();
  }

  private int axis(long otherwise, int rank) {
    long axis =
        operator.attributes().get("axis") instanceof Attribute.Int(long value) ? value : otherwise;
    return (int) (axis < 0 ? axis + rank : axis);
  }

  private double[] transpose() {
    List<Long> order = new ArrayList<>();
    if (operator.attributes().get("perm") instanceof Attribute.Ints(List<Long> perm)) {
      order.addAll(perm);
    } else {
      for (int axis = first().dims().size() - 1; axis >= 0; axis--) {
        order.add((long) axis);
      }
    }
    return each(
        indices -> {
          long[] source = new long[indices.length];
          for (int axis = 0; axis < indices.length; axis++) {
            source[order.get(axis).intValue()] = indices[axis];
          }
          return first().at(source);
        });
  }

  private double[] gather() {
    int rank = first().dims().size();
    int axis = axis(0, rank);
    Numbers chosen = in.get(1);
    int added = chosen.dims().size();
    return each(
        indices -> {
          long[] choice = java.util.Arrays.copyOfRange(indices, axis, axis + added);
          long[] source = new long[rank];
          System.arraycopy(indices, 0, source, 0, axis);
          System.arraycopy(indices, axis + added, source, axis + 1, rank - axis - 1);
          long index = (long) chosen.at(choice);
          source[axis] = index < 0 ? index + first().dims().get(axis) : index;
          return first().at(source);
        });
  }

  private double[] concat() {
    int axis = axis(0, out.size());
    return each(
        indices -> {
          long[] source = indices.clone();
          for (Numbers part : in) {
            if (source[axis] < part.dims().get(axis)) {
              return part.at(source);
            }
            source[axis] -= part.dims().get(axis);
          }
          throw new IllegalStateException("beyond the end of " + out);
        });
  }

  private double[] slice() {
    int rank = out.size();
    long[] start = new long[rank];
    long[] step = new long[rank];
    java.util.Arrays.fill(step, 1);
    for (int i = 0; i < in.get(1).values().length; i++) {
      long named = in.size() > 3 ? (long) in.get(3).values()[i] : i;
      int axis = (int) (named < 0 ? named + rank : named);
      long size = first().dims().get(axis);
      step[axis] = in.size() > 4 ? (long) in.get(4).values()[i] : 1;
      long from = (long) in.get(1).values()[i];
      start[axis] = Math.clamp(from < 0 ? from + size : from, 0, step[axis] > 0 ? size : size - 1);
    }
    return each(
        indices -> {
          long[] source = new long[rank];
          for (int axis = 0; axis < rank; axis++) {
            source[axis] = start[axis] + indices[axis] * step[axis];
          }
          return first().at(source);
        });
  }

  private double[] range() {
    double start = first().values()[0];
    double step = in.get(2).values()[0];
    return each(indices -> start + indices[0] * step);
  }
}
