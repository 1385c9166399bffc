package org.m4fw.host;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import org.m4fw.graph.ir.ElementType;

/** An adapter in the forms in which a running graph takes it. */
public interface RuntimeAdapter {

  /** For messages. */
  String name();

  /** For graphs with optional adapter inputs: the bytes of an {@code .onnx_adapter} file. */
  byte[] onnxAdapter(ElementType type);

  /**
   * For graphs whose adapter inputs have to be given: matrices by input name, scaling folded into
   * B; scales of outputs, and whole weights of fewer dimensions, as matrices of one row.
   */
  SortedMap<String, Matrix> matrices();

  /**
   * The same for one graph of a model with several: what feeds inputs of these names. Virtual
   * tokens stay.
   */
  RuntimeAdapter only(Set<String> inputs);

  /** What is odd about it on this model, one line each. */
  default List<String> warnings() {
    return List.of();
  }

  /** What is put before the first token of every sequence. */
  default Optional<VirtualTokens> virtualTokens() {
    return Optional.empty();
  }

  /**
   * A dense matrix.
   *
   * @param values row-major, rows × columns of them
   */
  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  record Matrix(int rows, int columns, float[] values) {}
}
