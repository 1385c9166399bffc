package org.m4fw.graph.cost;

import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.m4fw.graph.ir.DecoderGeometry;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator;
import org.m4fw.graph.ir.Weight;

/**
 * What one run of a graph takes from a machine.
 *
 * @param macs multiply-accumulates; empty if their number depends on the data
 * @param bytes what is read from memory: weights, each once, and the cache; tables of which rows
 *     are looked up are left out
 */
public record Work(OptionalLong macs, long bytes) {
  /** The axis of the tokens that a decoder has seen. */
  private static final String PAST = "past_sequence_length";

  /**
   * The work for inputs of these sizes.
   *
   * @param stored the size of a weight as it is stored, in bytes
   * @param cacheElement the size of a number in the key/value cache, in bytes
   */
  public static Work of(
      Graph graph, Map<String, Long> sizes, ToLongFunction<Weight> stored, int cacheElement) {
    Set<String> read =
        graph.nodes().stream()
            .filter(node -> !(node.operator() instanceof Operator.Embedding))
            .flatMap(Work::weights)
            .collect(Collectors.toSet());
    long bytes =
        graph.weights().values().stream()
            .filter(weight -> read.contains(weight.name()))
            .mapToLong(stored)
            .sum();
    long cache =
        graph
            .decoder()
            .map(geometry -> cacheBytes(geometry, sizes.getOrDefault(PAST, 0L), cacheElement))
            .orElse(0L);
    return new Work(Macs.of(graph, sizes), bytes + cache);
  }

  /** The keys and values of so many tokens. */
  public static long cacheBytes(DecoderGeometry geometry, long tokens, int element) {
    return 2L
        * geometry.layers()
        * geometry.keyValueHeads()
        * geometry.headWidth()
        * element
        * tokens;
  }

  /** Nodes name their weights in their operator, or take them as inputs. */
  private static Stream<String> weights(Node node) {
    Stream<String> own =
        switch (node.operator()) {
          case Operator.Linear linear ->
              Stream.concat(Stream.of(linear.weight()), linear.bias().stream());
          case Operator.RmsNorm norm -> Stream.of(norm.weight());
          case Operator.LayerNorm norm -> Stream.of(norm.weight(), norm.bias());
          case Operator.GroupNorm norm -> Stream.of(norm.weight(), norm.bias());
          default -> Stream.empty();
        };
    return Stream.concat(own, node.inputs().stream());
  }

  /** Both, one after the other. */
  public Work and(Work other) {
    return new Work(
        macs.isPresent() && other.macs.isPresent()
            ? OptionalLong.of(Math.addExact(macs.getAsLong(), other.macs.getAsLong()))
            : OptionalLong.empty(),
        Math.addExact(bytes, other.bytes));
  }
}
