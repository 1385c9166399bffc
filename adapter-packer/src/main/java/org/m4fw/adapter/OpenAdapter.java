package org.m4fw.adapter;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.lora.LoraInput;
import org.m4fw.adapter.ort.OnnxAdapterFile;
import org.m4fw.checkpoint.DType;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.host.RuntimeAdapter;

/** An adapter, checked and ready for use until it is closed. */
public final class OpenAdapter implements RuntimeAdapter, AutoCloseable {
  private final String label;
  private final LoraAdapter lora;
  private final Runnable source;

  OpenAdapter(String label, LoraAdapter lora, Runnable source) {
    this.label = label;
    this.lora = lora;
    this.source = source;
  }

  /** How to call it: the package's id and version, or the directory's name. */
  public String label() {
    return label;
  }

  @Override
  public String name() {
    return label;
  }

  public LoraAdapter lora() {
    return lora;
  }

  /** What is odd about it, one line each. */
  public List<String> warnings() {
    return lora.warnings();
  }

  /**
   * The matrices as a graph takes them, sorted by name, scaling folded in: {@code
   * <point>.lora_A.weight} [in, rank] and {@code <point>.lora_B.weight} [rank, out].
   */
  public List<LoraInput> inputs() {
    return lora.inputs();
  }

  /**
   * The same as the bytes of an {@code .onnx_adapter} file, which ONNX Runtime feeds into the
   * optional inputs of a graph.
   *
   * @param dtype F32 or F16, as the graph's inputs are
   */
  public byte[] onnxAdapter(DType dtype) {
    return OnnxAdapterFile.bytes(label, lora.inputs(), dtype);
  }

  @Override
  public byte[] onnxAdapter(ElementType type) {
    return onnxAdapter(type == ElementType.FLOAT16 ? DType.F16 : DType.F32);
  }

  @Override
  public SortedMap<String, Matrix> matrices() {
    SortedMap<String, Matrix> matrices = new TreeMap<>();
    for (LoraInput input : lora.inputs()) {
      int rows = Math.toIntExact(input.shape().dim(0));
      int columns = Math.toIntExact(input.shape().dim(1));
      matrices.put(input.name(), new Matrix(rows, columns, input.values()));
    }
    return matrices;
  }

  @Override
  public void close() {
    source.run();
  }
}
