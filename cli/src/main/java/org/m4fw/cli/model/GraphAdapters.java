package org.m4fw.cli.model;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SortedMap;
import org.m4fw.adapter.ort.OnnxAdapterError;
import org.m4fw.adapter.ort.OnnxAdapterReader;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.legalize.AdapterInputs;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.host.RuntimeAdapter;

/**
 * An adapter as {@code .onnx_adapter} files, one for each graph of a component that has inputs for
 * it. What ONNX Runtime finds out when it runs, or not at all, is checked here: that every matrix
 * is an input of the graph, of its type and shape.
 *
 * @param files by the name of the graph's part; none where the graph has no inputs for it
 */
public record GraphAdapters(SequencedMap<String, byte[]> files) {
  public GraphAdapters {
    files = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(files));
  }

  /**
   * Makes the files.
   *
   * @param source where the graphs are from, for messages
   * @throws org.m4fw.base.problem.ProblemException with an {@link OnnxAdapterError}, or {@link
   *     ModelError#ADAPTER_INPUTS_REQUIRED} if a graph takes its matrices one by one
   */
  static GraphAdapters of(
      String source, SequencedMap<String, CompiledModel> parts, RuntimeAdapter adapter) {
    SequencedMap<String, byte[]> files = new LinkedHashMap<>();
    parts.forEach(
        (part, graph) -> {
          RuntimeAdapter mine = adapter.only(graph.adapterInputs().keySet());
          if (!mine.matrices().isEmpty()) {
            files.put(part, file(source + ": " + part, graph, mine));
          }
        });
    return new GraphAdapters(files);
  }

  private static byte[] file(String graph, CompiledModel model, RuntimeAdapter adapter) {
    if (model.facts().adapterInputs() == AdapterInputs.REQUIRED) {
      throw ModelError.ADAPTER_INPUTS_REQUIRED.at(graph, "");
    }
    byte[] bytes = adapter.onnxAdapter(model.facts().arithmetic());
    check(
        graph,
        model.adapterInputs(),
        OnnxAdapterReader.read(Path.of(adapter.name()), 0, MemorySegment.ofArray(bytes)));
    return bytes;
  }

  /** Refuses matrices that the graph does not take. */
  static void check(
      String graph, SortedMap<String, Port> inputs, SortedMap<String, Tensor> matrices) {
    for (Tensor matrix : matrices.values()) {
      Path file = matrix.extent().file();
      Port input =
          Optional.ofNullable(inputs.get(matrix.name()))
              .orElseThrow(() -> OnnxAdapterError.NOT_AN_INPUT.at(file, matrix.name(), graph));
      if (!isOf(input.type(), matrix.dtype()) || !takes(input.dims(), matrix.shape().dims())) {
        throw OnnxAdapterError.WRONG_INPUT.at(
            file, matrix.name(), matrix.dtype() + " " + matrix.shape(), graph, input.describe());
      }
    }
  }

  private static boolean isOf(ElementType type, DType dtype) {
    return switch (dtype) {
      case F32 -> type == ElementType.FLOAT32;
      case F16 -> type == ElementType.FLOAT16;
      case BF16 -> type == ElementType.BFLOAT16;
      default -> false;
    };
  }

  private static boolean takes(List<Port.Dim> dims, List<Long> sizes) {
    if (dims.size() != sizes.size()) {
      return false;
    }
    for (int axis = 0; axis < dims.size(); axis++) {
      if (dims.get(axis) instanceof Port.Dim.Fixed(long size) && size != sizes.get(axis)) {
        return false;
      }
    }
    return true;
  }
}
