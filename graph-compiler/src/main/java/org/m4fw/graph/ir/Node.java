package org.m4fw.graph.ir;

import java.util.List;

/**
 * One step of a graph.
 *
 * @param inputs names of values, in the operator's order; an empty name leaves an optional input
 *     out
 * @param outputs names of values; an empty name drops an optional output
 */
public record Node(String name, Operator operator, List<String> inputs, List<String> outputs) {
  public Node {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
  }
}
