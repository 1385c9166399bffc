package org.m4fw.host.path;

import java.lang.foreign.Arena;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.host.Component;
import org.m4fw.host.FloatTensor;

/** A graph of a component, loaded, of which one output is wanted. */
final class LoadedPart implements AutoCloseable {
  private final String name;
  private final String output;
  private final Component component;

  private LoadedPart(String name, String output, Component component) {
    this.name = name;
    this.output = output;
    this.component = component;
  }

  static LoadedPart open(String name, CompiledModel graph, String output) {
    if (!graph.outputs().containsKey(output)) {
      throw PathError.NO_OUTPUT.at(name, output, String.join(", ", graph.outputs().keySet()));
    }
    return new LoadedPart(name, output, Component.open(name, graph));
  }

  FloatTensor run(Tensor... inputs) {
    SortedMap<String, Tensor> feeds = new TreeMap<>();
    for (Tensor input : inputs) {
      feeds.put(input.name(), input);
    }
    try (Arena arena = Arena.ofConfined()) {
      return component.run(name, feeds, arena).stream()
          .filter(tensor -> tensor.name().equals(output))
          .map(FloatTensor::of)
          .findFirst()
          .orElseThrow();
    }
  }

  @Override
  public void close() {
    component.close();
  }
}
