package org.m4fw.adapter;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.m4fw.adapter.contract.AdapterClaim;
import org.m4fw.adapter.contract.CarriedScores;
import org.m4fw.adapter.contract.Evidence;
import org.m4fw.adapter.contract.InterfacePrompt;
import org.m4fw.adapter.contract.InterfaceRecord;
import org.m4fw.adapter.contract.LoadDecision;
import org.m4fw.adapter.contract.Verdict;
import org.m4fw.adapter.lora.DoraScale;
import org.m4fw.adapter.lora.GraphInput;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.lora.LoraBase;
import org.m4fw.adapter.lora.LoraError;
import org.m4fw.adapter.lora.LoraFit;
import org.m4fw.adapter.lora.LoraInput;
import org.m4fw.adapter.lora.LoraPair;
import org.m4fw.adapter.lora.LoraSource;
import org.m4fw.adapter.lora.WholeWeight;
import org.m4fw.adapter.ort.OnnxAdapterFile;
import org.m4fw.adapter.pack.AdapterPackage;
import org.m4fw.adapter.pack.EmbeddedPackage;
import org.m4fw.adapter.pack.LoraClaim;
import org.m4fw.adapter.pack.PackageContent;
import org.m4fw.adapter.pack.PackagePayload;
import org.m4fw.adapter.pack.PromptClaim;
import org.m4fw.adapter.prompt.SoftPrompt;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Shape;
import org.m4fw.graph.ir.AttachmentPoint;
import org.m4fw.graph.ir.DecoderGeometry;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.WeightSlot;
import org.m4fw.host.LayerWeights;
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
  static OpenAdapter of(String name, AdapterMethod method, Runnable close) {
    return new OpenAdapter(name, method, Optional.empty(), close);
  }

  static OpenAdapter of(AdapterPackage packaged) {
    return new OpenAdapter(
        packaged.id() + " " + packaged.version(),
        method(packaged.payload()),
        Optional.of(packaged),
        packaged::close);
  }

  static OpenAdapter of(EmbeddedPackage embedded) {
    return new OpenAdapter(
        embedded.id() + " " + embedded.version(),
        method(embedded.payload()),
        Optional.empty(),
        () -> {});
  }

  private static AdapterMethod method(PackagePayload payload) {
    return switch (payload) {
      case PackagePayload.Lora(LoraAdapter lora) -> new AdapterMethod.Lora(lora);
      case PackagePayload.Prompt(SoftPrompt prompt) -> new AdapterMethod.Prompt(prompt);
    };
  }

  /**
   * What a package for this base holds of it.
   *
   * @throws org.m4fw.base.problem.ProblemException with an error of the format if it does not fit
   */
  public PackagePayload payload(InterfaceRecord offered) {
    return method instanceof AdapterMethod.Prompt(SoftPrompt prompt)
        ? new PackagePayload.Prompt(prompt)
        : new PackagePayload.Lora(lora(offered));
  }

  /** What it holds; empty if only a base makes sense of it. */
  public Optional<PackagePayload> payload() {
    return switch (method) {
      case AdapterMethod.Lora(LoraAdapter lora) -> Optional.of(new PackagePayload.Lora(lora));
      case AdapterMethod.Prompt(SoftPrompt prompt) ->
          Optional.of(new PackagePayload.Prompt(prompt));
      case AdapterMethod.Unresolved unresolved -> Optional.empty();
    };
  }

  /** What it is, for people: {@code prompt tuning}. */
  public String kind() {
    return switch (method) {
      case AdapterMethod.Lora(LoraAdapter lora) -> lora.scalesRows() ? "dora" : "lora";
      case AdapterMethod.Prompt(SoftPrompt prompt) -> prompt.kind().text();
      case AdapterMethod.Unresolved(LoraSource format) -> format.text();
    };
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
      case AdapterMethod.Unresolved(LoraSource format) ->
          throw AdapterError.NOT_LORA.at(name, "", format.text());
      case AdapterMethod.Prompt(SoftPrompt prompt) ->
          throw AdapterError.NOT_LORA.at(name, "", prompt.kind().text());
    };
  }

  /**
   * The matrices on a base with this interface.
   *
   * @throws org.m4fw.base.problem.ProblemException as {@link #lora()}, or with an error of the
   *     format if it does not fit
   */
  public LoraAdapter lora(InterfaceRecord offered) {
    LoraBase base = base(offered);
    LoraAdapter lora =
        method instanceof AdapterMethod.Unresolved(LoraSource format) ? format.over(base) : lora();
    return ConvolutionPairs.resolve(lora, base.points());
  }

  private static LoraBase base(InterfaceRecord offered) {
    SortedMap<String, Shape> heads = new TreeMap<>();
    offered.slots().heads().forEach(head -> heads.put(head.name(), new Shape(head.shape())));
    List<AttachmentPoint> points =
        offered.points().stream()
            .map(
                point ->
                    new AttachmentPoint(point.name(), point.in(), point.out())
                        .withKernel(point.kernel()))
            .toList();
    return new LoraBase(points, heads, attention(offered, points));
  }

  /** Queries have the width of the layer that makes them. */
  private static Optional<LoraBase.Heads> attention(
      InterfaceRecord offered, List<AttachmentPoint> points) {
    Optional<AttachmentPoint> query =
        points.stream().filter(point -> point.name().endsWith(".self_attn.q_proj")).findFirst();
    return offered.slots().prompts().stream()
        .filter(prompt -> prompt.kind() == InterfacePrompt.Kind.CACHE)
        .filter(prompt -> query.isPresent())
        .findFirst()
        .map(
            prompt ->
                new LoraBase.Heads(
                    (int) (query.orElseThrow().out() / prompt.width()),
                    (int) prompt.heads(),
                    (int) prompt.width()));
  }

  static LoraBase.Heads heads(DecoderGeometry geometry) {
    return new LoraBase.Heads(geometry.heads(), geometry.keyValueHeads(), geometry.headWidth());
  }

  /** The package that it came from; empty if it came from a directory. */
  public Optional<AdapterPackage> packaged() {
    return packaged;
  }

  /** What to do with it on a base. */
  public Verdict decide(InterfaceRecord offered, Evidence evidence) {
    Optional<CarriedScores> scores =
        packaged
            .flatMap(found -> found.content().carried())
            .flatMap(PackageContent.Carried::scores);
    return LoadDecision.decide(offered, claim(offered), evidence.withScores(scores));
  }

  private AdapterClaim claim(InterfaceRecord offered) {
    return packaged
        .map(AdapterPackage::claim)
        .orElseGet(
            () ->
                method instanceof AdapterMethod.Prompt(SoftPrompt prompt)
                    ? PromptClaim.of(prompt, Optional.empty())
                    : LoraClaim.of(lora(offered), Optional.empty()));
  }

  /** What is odd about it whatever its base is, one line each. */
  @Override
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
          name, "", "it is DoRA, which divides by norms of the base's weights");
    }
    requireNoExtras(lora);
    if (!lora.replaced().isEmpty()) {
      throw noSlot(lora.replaced().firstKey());
    }
  }

  private void requireNoExtras(LoraAdapter lora) {
    if (!lora.extras().isEmpty()) {
      throw AdapterError.NEEDS_CHECKPOINT.at(name, lora.extras().layer(), lora.extras().text());
    }
  }

  private ProblemException noSlot(String weight) {
    return AdapterError.NEEDS_CHECKPOINT.at(
        name, weight, "it replaces a whole weight, and the graph has no slot for that");
  }

  /** The weights of its own, for the slots of graphs. */
  private List<WholeWeight> replaced(LoraAdapter lora, SortedMap<String, WeightSlot> slots) {
    List<WholeWeight> weights = new ArrayList<>();
    lora.replaced()
        .forEach(
            (weight, tensor) -> {
              WeightSlot slot = slots.get(weight);
              if (slot == null) {
                throw noSlot(weight);
              }
              if (!slot.shape().equals(tensor.shape())) {
                throw LoraError.WRONG_HEAD.at(
                    tensor.extent().file(), tensor.name(), tensor.shape(), slot.shape());
              }
              weights.add(new WholeWeight(slot, tensor));
            });
    return weights;
  }

  /**
   * What it feeds graphs that are compiled already.
   *
   * @param points where the graphs take adapters
   * @param slots for weights of its own, by name
   * @param decoder what the cache of the decoder among them looks like
   * @param weights those of the graphs' layers, which only DoRA looks at
   * @throws org.m4fw.base.problem.ProblemException with {@link AdapterError#NEEDS_CHECKPOINT} if
   *     the graphs would have to be others, or with an error about what does not fit
   */
  public RuntimeAdapter over(
      List<AttachmentPoint> points,
      SortedMap<String, WeightSlot> slots,
      Optional<DecoderGeometry> decoder,
      Optional<LayerWeights> weights) {
    LoraAdapter lora;
    switch (method) {
      case AdapterMethod.Lora(LoraAdapter plain) -> lora = ConvolutionPairs.resolve(plain, points);
      case AdapterMethod.Unresolved(LoraSource format) -> {
        SortedMap<String, Shape> heads = new TreeMap<>();
        slots.forEach((slot, weight) -> heads.put(slot, weight.shape()));
        LoraBase base = new LoraBase(points, heads, decoder.map(OpenAdapter::heads));
        lora = ConvolutionPairs.resolve(format.over(base), points);
      }
      case AdapterMethod.Prompt prompt -> {
        return this;
      }
    }
    LoraFit.check(lora, points);
    requireNoExtras(lora);
    List<GraphInput> others = new ArrayList<>(replaced(lora, slots));
    others.addAll(scales(lora, points, weights));
    return BoundAdapter.of(name, lora, others);
  }

  /** What DoRA scales the outputs of these layers with, by the weights that they have here. */
  private List<DoraScale> scales(
      LoraAdapter lora, List<AttachmentPoint> points, Optional<LayerWeights> weights) {
    Set<String> scaled =
        points.stream()
            .filter(AttachmentPoint::scaled)
            .map(AttachmentPoint::name)
            .collect(Collectors.toSet());
    List<DoraScale> scales = new ArrayList<>();
    for (LoraPair pair : lora.pairs()) {
      if (pair.magnitude().isPresent()) {
        if (weights.isEmpty() || !scaled.contains(pair.point().name())) {
          throw AdapterError.NEEDS_CHECKPOINT.at(
              name, pair.point().name(), "it is DoRA, and the graph cannot scale outputs here");
        }
        scales.add(DoraScale.of(pair, lora.scaling(), weights.get()));
      }
    }
    return scales;
  }

  /** The same for graphs without slots and scales. */
  public RuntimeAdapter over(List<AttachmentPoint> points, Optional<DecoderGeometry> decoder) {
    return over(points, new TreeMap<>(), decoder, Optional.empty());
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
        : new BoundAdapter(name, List.copyOf(inputs()), List.of()).matrices();
  }

  @Override
  public RuntimeAdapter only(Set<String> names) {
    return method instanceof AdapterMethod.Prompt
        ? this
        : new BoundAdapter(name, List.copyOf(inputs()), List.of()).only(names);
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
