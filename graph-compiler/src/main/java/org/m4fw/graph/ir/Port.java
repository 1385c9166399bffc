package org.m4fw.graph.ir;

import java.util.List;
import java.util.stream.Collectors;

/**
 * An input or output of a graph.
 *
 * @param dims outermost first
 */
public record Port(String name, ElementType type, List<Dim> dims) {
  public Port {
    dims = List.copyOf(dims);
  }

  /** The size of one axis. */
  public sealed interface Dim {
    /** Known when the graph is built. */
    record Fixed(long size) implements Dim {}

    /** Known when the graph runs; the same name means the same size. */
    record Symbolic(String name) implements Dim {}
  }

  public static Dim fixed(long size) {
    return new Dim.Fixed(size);
  }

  public static Dim symbolic(String name) {
    return new Dim.Symbolic(name);
  }

  /** {@code FLOAT32 [batch, 3, 224, 224]}. */
  public String describe() {
    return dims.stream()
        .map(
            dim ->
                switch (dim) {
                  case Dim.Fixed fixed -> Long.toString(fixed.size());
                  case Dim.Symbolic symbolic -> symbolic.name();
                })
        .collect(Collectors.joining(", ", type + " [", "]"));
  }
}
