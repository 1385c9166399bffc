package org.m4fw.graph.fixed;

import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Graph;

/**
 * A graph in which the shape and the type of every value is known.
 *
 * @param values by name: inputs, weights, literals, and what nodes give
 */
public record FixedGraph(Graph graph, SortedMap<String, ValueType> values) {
  public FixedGraph {
    values = Collections.unmodifiableSortedMap(new TreeMap<>(values));
  }

  /** What a value is: the type of its elements and its size along each axis. */
  public record ValueType(ElementType type, List<Long> dims) {
    public ValueType {
      dims = List.copyOf(dims);
    }

    public int rank() {
      return dims.size();
    }

    /** The number of elements. */
    public long count() {
      return dims.stream().reduce(1L, Math::multiplyExact);
    }
  }

  /** What a value is; it has to be one of the graph. */
  public ValueType value(String name) {
    ValueType value = values.get(name);
    if (value == null) {
      throw new IllegalArgumentException("no value " + name);
    }
    return value;
  }

  /** Whether a value is a weight or a literal. */
  public boolean isConstant(String name) {
    return graph.weights().containsKey(name) || graph.literals().containsKey(name);
  }
}
