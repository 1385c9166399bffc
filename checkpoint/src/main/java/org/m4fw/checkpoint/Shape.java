package org.m4fw.checkpoint;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * The dimensions of a tensor, outermost first; none for a scalar.
 *
 * @param dims each at least 0, their product at most 2^63−1
 */
public record Shape(List<Long> dims) {
  public Shape {
    dims = List.copyOf(dims);
    long count = 1;
    for (long dim : dims) {
      if (dim < 0) {
        throw new IllegalArgumentException("negative dimension in " + dims);
      }
      count = Math.multiplyExact(count, dim);
    }
  }

  public static Shape of(long... dims) {
    return new Shape(LongStream.of(dims).boxed().toList());
  }

  public int rank() {
    return dims.size();
  }

  public long dim(int axis) {
    return dims.get(axis);
  }

  /** The number of elements. */
  public long count() {
    return dims.stream().mapToLong(Long::longValue).reduce(1, (a, b) -> a * b);
  }

  public long[] toArray() {
    return dims.stream().mapToLong(Long::longValue).toArray();
  }

  /** {@code [2048, 192]}. */
  @Override
  public String toString() {
    return dims.stream().map(String::valueOf).collect(Collectors.joining(", ", "[", "]"));
  }
}
