package org.m4fw.adapter;

import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.adapter.contract.InterfaceCheck;
import org.m4fw.adapter.contract.InterfaceRecord;
import org.m4fw.adapter.contract.Verdict;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.lora.LoraInput;
import org.m4fw.adapter.ort.OnnxAdapterFile;
import org.m4fw.adapter.pack.AdapterPackage;
import org.m4fw.adapter.pack.LoraClaim;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.DType;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.host.RuntimeAdapter;

/** An adapter, checked and ready for use until it is closed. */
public final class OpenAdapter implements RuntimeAdapter, AutoCloseable {
  private final String name;
  private final LoraAdapter lora;
  private final Optional<AdapterPackage> packaged;
  private final Runnable source;

  private OpenAdapter(
      String name, LoraAdapter lora, Optional<AdapterPackage> packaged, Runnable source) {
    this.name = name;
    this.lora = lora;
    this.packaged = packaged;
    this.source = source;
  }

  /** One that comes from a directory whose weights are open. */
  static OpenAdapter of(String name, LoraAdapter lora, Checkpoint weights) {
    return new OpenAdapter(name, lora, Optional.empty(), weights::close);
  }

  static OpenAdapter of(AdapterPackage packaged) {
    return new OpenAdapter(
        packaged.id() + " " + packaged.version(),
        packaged.lora(),
        Optional.of(packaged),
        packaged::close);
  }

  /** How to call it: the package's id and version, or the directory's name. */
  @Override
  public String name() {
    return name;
  }

  /** The matrices; valid until this is closed. */
  public LoraAdapter lora() {
    return lora;
  }

  /** The package that it came from; empty if it came from a directory. */
  public Optional<AdapterPackage> packaged() {
    return packaged;
  }

  /** Whether it fits an interface; everything that is found. */
  public Verdict check(InterfaceRecord offered) {
    return InterfaceCheck.check(
        offered,
        packaged.map(AdapterPackage::claim).orElseGet(() -> LoraClaim.of(lora, Optional.empty())));
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
    return OnnxAdapterFile.bytes(name, lora.inputs(), dtype);
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
