package org.m4fw.adapter;

import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.adapter.contract.AdapterClaim;
import org.m4fw.adapter.contract.Evidence;
import org.m4fw.adapter.contract.InterfaceRecord;
import org.m4fw.adapter.contract.LoadDecision;
import org.m4fw.adapter.contract.Verdict;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.lora.LoraFit;
import org.m4fw.adapter.lora.LoraInput;
import org.m4fw.adapter.ort.OnnxAdapterFile;
import org.m4fw.adapter.pack.AdapterPackage;
import org.m4fw.adapter.pack.EmbeddedPackage;
import org.m4fw.adapter.pack.LoraClaim;
import org.m4fw.adapter.prompt.SoftPrompt;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.DType;
import org.m4fw.graph.ir.AttachmentPoint;
import org.m4fw.graph.ir.DecoderGeometry;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.host.RuntimeAdapter;
import org.m4fw.host.VirtualTokens;

/** An adapter, checked and ready for use until it is closed. */
public final class OpenAdapter implements RuntimeAdapter, AutoCloseable {
  private final String name;
  private final AdapterMethod method;
  private final Optional<AdapterPackage> packaged;
  private final Runnable source;

  private OpenAdapter(
      String name, AdapterMethod method, Optional<AdapterPackage> packaged, Runnable source) {
    this.name = name;
    this.method = method;
    this.packaged = packaged;
    this.source = source;
  }

  /** One that comes from files whose weights are open. */
  static OpenAdapter of(String name, AdapterMethod method, Checkpoint weights) {
    return new OpenAdapter(name, method, Optional.empty(), weights::close);
  }

  static OpenAdapter of(AdapterPackage packaged) {
    return new OpenAdapter(
        packaged.id() + " " + packaged.version(),
        new AdapterMethod.Lora(packaged.lora()),
        Optional.of(packaged),
        packaged::close);
  }

  static OpenAdapter of(EmbeddedPackage embedded) {
    return new OpenAdapter(
        embedded.id() + " " + embedded.version(),
        new AdapterMethod.Lora(embedded.lora()),
        Optional.empty(),
        () -> {});
  }

  /** How to call it: the package's id and version, or the directory's name. */
  @Override
  public String name() {
    return name;
  }

  AdapterMethod method() {
    return method;
  }

  /**
   * The matrices; valid until this is closed.
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link AdapterError#NOT_LORA} if it is
   *     something else, or LoRA on layers that no graph has as they are
   */
  public LoraAdapter lora() {
    return switch (method) {
      case AdapterMethod.Lora(LoraAdapter lora) -> lora;
      case AdapterMethod.FusedLora fused ->
          throw AdapterError.NOT_LORA.at(name, "", "LoRA of lit-llama on fused layers");
      case AdapterMethod.Prompt(SoftPrompt prompt) ->
          throw AdapterError.NOT_LORA.at(name, "", prompt.kind().text());
    };
  }

  /** The package that it came from; empty if it came from a directory. */
  public Optional<AdapterPackage> packaged() {
    return packaged;
  }

  /** What to do with it on a base. */
  public Verdict decide(InterfaceRecord offered, Evidence evidence) {
    return LoadDecision.decide(offered, claim(), evidence);
  }

  private AdapterClaim claim() {
    return packaged
        .map(AdapterPackage::claim)
        .orElseGet(() -> LoraClaim.of(lora(), Optional.empty()));
  }

  /** What is odd about it, one line each. */
  public List<String> warnings() {
    return method instanceof AdapterMethod.Lora(LoraAdapter lora) ? lora.warnings() : List.of();
  }

  /**
   * The matrices as a graph takes them, sorted by name, scaling folded in: {@code
   * <point>.lora_A.weight} [in, rank] and {@code <point>.lora_B.weight} [rank, out].
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link AdapterError#NEEDS_CHECKPOINT} if
   *     they are not all that it changes
   */
  public List<LoraInput> inputs() {
    LoraAdapter lora = lora();
    requirePlain(lora);
    return lora.inputs();
  }

  private void requirePlain(LoraAdapter lora) {
    if (lora.scalesRows()) {
      throw AdapterError.NEEDS_CHECKPOINT.at(
          name, "", "it is DoRA, which divides by norms of the base's exact weights");
    }
    if (!lora.replaced().isEmpty()) {
      throw AdapterError.NEEDS_CHECKPOINT.at(
          name,
          lora.replaced().firstKey(),
          "it replaces a whole weight, and the graph has no slot for that");
    }
  }

  /**
   * What it feeds graphs that are compiled already.
   *
   * @param points where the graphs take adapters
   * @param decoder what the cache of the decoder among them looks like
   * @throws org.m4fw.base.problem.ProblemException with {@link AdapterError#NEEDS_CHECKPOINT} if
   *     the graphs would have to be others, or with an error about what does not fit
   */
  public RuntimeAdapter over(List<AttachmentPoint> points, Optional<DecoderGeometry> decoder) {
    LoraAdapter lora;
    switch (method) {
      case AdapterMethod.Lora(LoraAdapter plain) -> lora = plain;
      case AdapterMethod.FusedLora fused -> lora = fused.adapter().over(decoder);
      case AdapterMethod.Prompt prompt -> {
        return this;
      }
    }
    LoraFit.check(lora, points);
    requirePlain(lora);
    return BoundAdapter.of(name, lora, List.of());
  }

  /**
   * The same as the bytes of an {@code .onnx_adapter} file, which ONNX Runtime feeds into the
   * optional inputs of a graph.
   *
   * @param dtype F32 or F16, as the graph's inputs are
   */
  public byte[] onnxAdapter(DType dtype) {
    return OnnxAdapterFile.bytes(name, inputs(), dtype);
  }

  @Override
  public byte[] onnxAdapter(ElementType type) {
    return onnxAdapter(type == ElementType.FLOAT16 ? DType.F16 : DType.F32);
  }

  @Override
  public SortedMap<String, Matrix> matrices() {
    return method instanceof AdapterMethod.Prompt
        ? new TreeMap<>()
        : new BoundAdapter(name, List.copyOf(inputs())).matrices();
  }

  @Override
  public Optional<VirtualTokens> virtualTokens() {
    return method instanceof AdapterMethod.Prompt(SoftPrompt prompt)
        ? Optional.of(prompt.tokens())
        : Optional.empty();
  }

  @Override
  public void close() {
    source.run();
  }
}
