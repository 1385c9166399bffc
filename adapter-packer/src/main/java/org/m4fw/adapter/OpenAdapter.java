package org.m4fw.adapter;

import java.util.List;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.lora.LoraInput;
import org.m4fw.adapter.ort.OnnxAdapterFile;
import org.m4fw.checkpoint.DType;

/** An adapter, checked and ready for use until it is closed. */
public final class OpenAdapter implements AutoCloseable {
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
  public void close() {
    source.run();
  }
}
