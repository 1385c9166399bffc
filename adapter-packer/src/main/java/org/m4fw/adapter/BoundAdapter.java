package org.m4fw.adapter;

import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.m4fw.adapter.lora.DoraScale;
import org.m4fw.adapter.lora.GraphInput;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.ort.OnnxAdapterFile;
import org.m4fw.checkpoint.DType;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.host.RuntimeAdapter;

/**
 * The matrices of an adapter, with all that follows from the base's weights computed.
 *
 * @param inputs sorted by name
 */
record BoundAdapter(String name, List<GraphInput> inputs) implements RuntimeAdapter {
  BoundAdapter {
    inputs = List.copyOf(inputs);
  }

  static BoundAdapter of(String name, LoraAdapter adapter, List<DoraScale> scales) {
    return new BoundAdapter(
        name,
        Stream.<GraphInput>concat(adapter.inputs().stream(), scales.stream())
            .sorted(Comparator.comparing(GraphInput::name))
            .toList());
  }

  @Override
  public byte[] onnxAdapter(ElementType type) {
    return OnnxAdapterFile.bytes(name, inputs, type == ElementType.FLOAT16 ? DType.F16 : DType.F32);
  }

  @Override
  public SortedMap<String, Matrix> matrices() {
    SortedMap<String, Matrix> matrices = new TreeMap<>();
    for (GraphInput input : inputs) {
      int rows = Math.toIntExact(input.shape().dim(0));
      int columns = Math.toIntExact(input.shape().dim(1));
      matrices.put(input.name(), new Matrix(rows, columns, input.values()));
    }
    return matrices;
  }
}
