package org.m4fw.graph.shape;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * What is known of a value without running the graph.
 *
 * @param dims outermost first
 * @param whole its numbers, if it is a vector of integers, or a single one, that shapes are made of
 */
public record Value(List<Long> dims, Optional<List<Long>> whole) {
  public Value {
    dims = List.copyOf(dims);
    whole = whole.map(List::copyOf);
    if (dims.stream().anyMatch(dim -> dim < 0)) {
      throw new UnknownShapeException("less than nothing");
    }
  }

  /** Of which only the shape is known. */
  public static Value of(List<Long> dims) {
    return new Value(dims, Optional.empty());
  }

  /** A vector of known integers. */
  public static Value ofNumbers(List<Long> numbers) {
    return new Value(List.of((long) numbers.size()), Optional.of(numbers));
  }

  public int rank() {
    return dims.size();
  }

  public long dim(int axis) {
    return dims.get(axis < 0 ? axis + dims.size() : axis);
  }

  /** The number of elements. */
  public long count() {
    return dims.stream().reduce(1L, Math::multiplyExact);
  }

  /** The product of the dimensions from one axis up to another. */
  public long count(int from, int to) {
    return dims.subList(from, to).stream().reduce(1L, Math::multiplyExact);
  }

  /**
   * Its numbers.
   *
   * @throws UnknownShapeException if they are only known when the graph runs
   */
  public List<Long> numbers() {
    return whole.orElseThrow(() -> new UnknownShapeException("numbers that the graph computes"));
  }

  /** Their sum; of numbers that shapes are made of, element by element. */
  public static Value sum(Value left, Value right) {
    Value shape = broadcast(left, right);
    boolean known =
        left.whole.isPresent() && right.whole.isPresent() && left.dims.equals(right.dims);
    return known
        ? new Value(
            shape.dims,
            Optional.of(
                IntStream.range(0, left.numbers().size())
                    .mapToObj(i -> Math.addExact(left.numbers().get(i), right.numbers().get(i)))
                    .toList()))
        : shape;
  }

  /** The shape that both become when they are combined element by element. */
  public static Value broadcast(Value left, Value right) {
    int rank = Math.max(left.rank(), right.rank());
    return of(
        LongStream.range(0, rank)
            .map(
                axis -> {
                  long a = aligned(left, rank, (int) axis);
                  long b = aligned(right, rank, (int) axis);
                  return a == 1 ? b : a;
                })
            .boxed()
            .toList());
  }

  private static long aligned(Value value, int rank, int axis) {
    int own = axis - (rank - value.rank());
    return own < 0 ? 1 : value.dims().get(own);
  }
}
