package org.m4fw.quantizer.calibration;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.graph.onnx.Sections;
import org.m4fw.host.Component;

/** Calibration data on its way through a graph, of which only what is still needed is kept. */
final class GraphStream implements AutoCloseable {
  private final String file;
  private List<SortedMap<String, Tensor>> portions;
  private Optional<Activations> activations = Optional.empty();

  /**
   * @param file where the data is from, for messages
   * @param portions what the graph is given
   */
  GraphStream(String file, List<SortedMap<String, Tensor>> portions) {
    this.file = file;
    this.portions = List.copyOf(portions);
  }

  /**
   * Runs on to a place further on.
   *
   * @param model the whole graph, with the weights that are now in effect on the way there
   * @param reached values up to which it is run, those of earlier calls included
   * @param wanted what is still wanted
   */
  void advance(CompiledModel model, Collection<String> reached, Collection<String> wanted) {
    Sections sections = Sections.of(model);
    SortedMap<String, Tensor> first = portions.getFirst();
    NavigableSet<String> alive = sections.alive(reached, wanted);
    NavigableSet<String> fresh = new TreeSet<>(alive);
    fresh.removeAll(first.keySet());
    List<Port> given = first.values().stream().map(GraphStream::port).toList();
    Optional<Component> section =
        fresh.isEmpty()
            ? Optional.empty()
            : Optional.of(Component.open(file, sections.section(given, fresh)));
    try (Activations.Writer writer = new Activations.Writer()) {
      for (SortedMap<String, Tensor> portion : portions) {
        try (Arena arena = Arena.ofShared()) {
          SortedMap<String, Tensor> next = new TreeMap<>(portion);
          next.keySet().retainAll(alive);
          section.ifPresent(
              run ->
                  run.run(file, portion, arena).forEach(tensor -> next.put(tensor.name(), tensor)));
          writer.add(next);
        }
      }
      Activations written = writer.finish();
      activations.ifPresent(Activations::close);
      activations = Optional.of(written);
      portions = written.portions();
    } finally {
      section.ifPresent(Component::close);
    }
  }

  /** A value that is alive, for each portion. */
  List<Tensor> values(String name) {
    List<Tensor> values = new ArrayList<>();
    for (Map<String, Tensor> portion : portions) {
      Tensor value = portion.get(name);
      if (value == null) {
        throw new IllegalStateException("nobody computed " + name);
      }
      values.add(value);
    }
    return values;
  }

  /** All that is alive, for each portion; valid until the next advance. */
  List<SortedMap<String, Tensor>> portions() {
    return portions;
  }

  private static Port port(Tensor tensor) {
    List<Port.Dim> dims = new ArrayList<>();
    for (int axis = 0; axis < tensor.shape().rank(); axis++) {
      dims.add(Port.symbolic(tensor.name() + "." + axis));
    }
    return new Port(tensor.name(), type(tensor.dtype()), dims);
  }

  private static ElementType type(DType dtype) {
    return switch (dtype) {
      case I64 -> ElementType.INT64;
      case I32 -> ElementType.INT32;
      case BOOL -> ElementType.BOOL;
      default -> ElementType.FLOAT32;
    };
  }

  @Override
  public void close() {
    activations.ifPresent(Activations::close);
  }
}
