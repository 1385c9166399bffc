package org.m4fw.adapter;

import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.m4fw.adapter.lora.GraphInput;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.ort.OnnxAdapterFile;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Shape;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.host.RuntimeAdapter;

/**
 * The matrices of an adapter, with all that follows from the base's weights computed.
 *
 * @param inputs sorted by name
 */
record BoundAdapter(String name, List<GraphInput> inputs, List<String> warnings)
    implements RuntimeAdapter {
  BoundAdapter {
    warnings = List.copyOf(warnings);
    inputs = List.copyOf(inputs);
  }

  static BoundAdapter of(
      String name, LoraAdapter adapter, List<? extends GraphInput> besidesMatrices) {
    return new BoundAdapter(
        name,
        Stream.concat(adapter.inputs().stream(), besidesMatrices.stream())
            .map(GraphInput.class::cast)
            .sorted(Comparator.comparing(GraphInput::name))
            .toList(),
        adapter.warnings());
  }

  @Override
  public byte[] onnxAdapter(ElementType type) {
    return OnnxAdapterFile.bytes(name, inputs, type == ElementType.FLOAT16 ? DType.F16 : DType.F32);
  }

  @Override
  public RuntimeAdapter only(Set<String> names) {
    return new BoundAdapter(
        name, inputs.stream().filter(input -> names.contains(input.name())).toList(), warnings);
  }

  @Override
  public SortedMap<String, Matrix> matrices() {
    SortedMap<String, Matrix> matrices = new TreeMap<>();
    for (GraphInput input : inputs) {
      Shape shape = input.shape();
      int rows = shape.rank() < 2 ? 1 : Math.toIntExact(shape.dim(0));
      int columns = Math.toIntExact(shape.count() / rows);
      matrices.put(input.name(), new Matrix(rows, columns, input.values()));
    }
    return matrices;
  }
}
