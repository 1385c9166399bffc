package org.m4fw.host;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.m4fw.graph.ir.AttachmentPoint;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.onnx.GraphFacts;

/**
 * What graphs get whose adapter inputs have to be given: matrices of the adapter, or of one zero
 * row where it has none, for every attachment point.
 */
final class AdapterInputTensors {
  private final OrtEnvironment environment;
  private final ElementType type;
  private final Arena arena;

  private AdapterInputTensors(OrtEnvironment environment, ElementType type, Arena arena) {
    this.environment = environment;
    this.type = type;
    this.arena = arena;
  }

  /**
   * The tensors by name, for the caller to close.
   *
   * @param arena their memory
   */
  static Map<String, OnnxTensor> of(
      OrtEnvironment environment, GraphFacts facts, Optional<RuntimeAdapter> adapter, Arena arena)
      throws OrtException {
    Map<String, RuntimeAdapter.Matrix> matrices =
        adapter.map(RuntimeAdapter::matrices).orElseGet(TreeMap::new);
    AdapterInputTensors tensors = new AdapterInputTensors(environment, facts.arithmetic(), arena);
    Map<String, OnnxTensor> inputs = new TreeMap<>();
    for (AttachmentPoint point : facts.attachmentPoints()) {
      RuntimeAdapter.Matrix a = matrices.get(point.inputA());
      RuntimeAdapter.Matrix b = matrices.get(point.inputB());
      int in = Math.toIntExact(point.in());
      int out = Math.toIntExact(point.out());
      inputs.put(
          point.inputA(),
          tensors.tensor(a == null ? new RuntimeAdapter.Matrix(in, 1, new float[in]) : a));
      inputs.put(
          point.inputB(),
          tensors.tensor(b == null ? new RuntimeAdapter.Matrix(1, out, new float[out]) : b));
      if (point.scaled()) {
        RuntimeAdapter.Matrix scale = matrices.get(point.inputScale());
        inputs.put(point.inputScale(), tensors.tensor(scale == null ? ones(out) : scale));
      }
    }
    return inputs;
  }

  private static RuntimeAdapter.Matrix ones(int columns) {
    float[] ones = new float[columns];
    Arrays.fill(ones, 1);
    return new RuntimeAdapter.Matrix(1, columns, ones);
  }

  private OnnxTensor tensor(RuntimeAdapter.Matrix matrix) throws OrtException {
    ByteBuffer bytes = NativeTensor.allocate(arena, type, matrix.rows(), matrix.columns());
    for (int i = 0; i < matrix.values().length; i++) {
      NativeTensor.put(bytes, type, i, matrix.values()[i]);
    }
    return NativeTensor.over(environment, bytes, type, matrix.rows(), matrix.columns());
  }
}
