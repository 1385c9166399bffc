package org.m4fw.graph.legalize;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.m4fw.graph.ir.AttachmentPoint;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.GraphBuilder;
import org.m4fw.graph.ir.Literal;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator;
import org.m4fw.graph.ir.Port;
import org.m4fw.targets.InferenceRuntime;
import org.m4fw.targets.Target;

/**
 * Lowers the composite operators of a graph to what a target has: fused if it can, else exactly.
 */
public final class Legalizer {
  /** Longer contexts are asked for, not assumed: their cache would fill a phone. */
  private static final int DEFAULT_CONTEXT = 8192;

  private final Graph source;
  private final Target target;
  private final AdapterInputs adapterInputs;
  private final Lowering lowering;
  private final InputScaling scaling;
  private final Map<String, Long> uses = new HashMap<>();
  private final Map<String, Node> delayedAdditions = new HashMap<>();

  private Legalizer(Graph source, Target target, AdapterInputs adapterInputs, int context) {
    this.source = source;
    this.target = target;
    this.adapterInputs = adapterInputs;
    this.lowering =
        new Lowering(
            new GraphBuilder(), TargetGraph.elementType(target.runtime().arithmetic()), context);
    this.scaling = InputScaling.of(source, lowering, adapterInputs != AdapterInputs.NONE);
  }

  /**
   * Lowers a graph with the adapter inputs that the target's runtime can take. Where it computes in
   * whole numbers only language models have them: branches in floating point at every layer would
   * cut an encoder into pieces.
   */
  public static TargetGraph legalize(Graph graph, Target target) {
    boolean pieces = target.activations().isPresent() && graph.decoder().isEmpty();
    return legalize(graph, target, pieces ? AdapterInputs.NONE : adapterInputs(target));
  }

  /** How graphs for a target take adapters. */
  public static AdapterInputs adapterInputs(Target target) {
    if (isLite(target)) {
      return AdapterInputs.NONE;
    }
    return target.supports(Lowering.MICROSOFT, "GroupQueryAttention")
        ? AdapterInputs.OPTIONAL
        : AdapterInputs.REQUIRED;
  }

  private static boolean isLite(Target target) {
    return target.runtime().format() == InferenceRuntime.GraphFormat.LITERT;
  }

  /**
   * Lowers a graph.
   *
   * @throws org.m4fw.base.problem.ProblemException with a {@link LegalizeError} if the target lacks
   *     an operator for which there is no lowering
   */
  public static TargetGraph legalize(Graph graph, Target target, AdapterInputs adapterInputs) {
    int context =
        graph.decoder().map(decoder -> Math.min(decoder.context(), DEFAULT_CONTEXT)).orElse(0);
    return new Legalizer(graph, target, adapterInputs, context).legalize();
  }

  private TargetGraph legalize() {
    source.nodes().forEach(node -> node.inputs().forEach(in -> uses.merge(in, 1L, Long::sum)));
    source.inputs().forEach(port -> lowering.graph().input(inArithmetic(port)));
    source.weights().values().forEach(lowering.graph()::weight);
    source
        .literals()
        .forEach((name, literal) -> lowering.graph().literal(name, inArithmetic(literal)));
    for (int i = 0; i < source.nodes().size(); i++) {
      lower(source.nodes().get(i), i);
    }
    source
        .outputs()
        .forEach(
            port ->
                lowering.graph().output(port.name().equals("logits") ? port : inArithmetic(port)));
    offer();
    return new TargetGraph(
        lowering
            .graph()
            .build(
                source.architecture(),
                source.decoder().map(decoder -> decoder.withContext(lowering.context())),
                source.specialTokens()),
        target,
        adapterInputs);
  }

  /** Where there is one rank for all adapters they bring nothing but matrices, and for layers. */
  private void offer() {
    switch (adapterInputs) {
      case NONE -> {}
      case OPTIONAL, REQUIRED -> {
        source.attachmentPoints().forEach(lowering.graph()::attachmentPoint);
        source.replaceable().forEach(lowering.graph()::replaceable);
      }
      case PADDED ->
          source.nodes().stream()
              .filter(node -> node.operator() instanceof Operator.Linear)
              .flatMap(node -> attached((Operator.Linear) node.operator()).stream())
              .forEach(lowering.graph()::attachmentPoint);
    }
  }

  private Optional<AttachmentPoint> attached(Operator.Linear linear) {
    return switch (adapterInputs) {
      case NONE -> Optional.empty();
      case OPTIONAL, REQUIRED -> linear.attachment();
      case PADDED -> linear.attachment().map(AttachmentPoint::withoutScale);
    };
  }

  private Port inArithmetic(Port port) {
    return new Port(port.name(), inArithmetic(port.type()), port.dims());
  }

  private Literal inArithmetic(Literal literal) {
    return literal.type() == ElementType.FLOAT32
        ? literal.withType(lowering.arithmetic())
        : literal;
  }

  private ElementType inArithmetic(ElementType type) {
    return type == ElementType.FLOAT32 ? lowering.arithmetic() : type;
  }

  private void lower(Node node, int index) {
    String output = node.outputs().getFirst();
    List<String> in = node.inputs();
    switch (node.operator()) {
      case Operator.Linear linear -> linear(output, in.getFirst(), linear);
      case Operator.RmsNorm norm -> norm(output, in.getFirst(), norm);
      case Operator.Attention attention -> attention(node, attention);
      case Operator.LayerNorm norm -> layerNorm(output, in.getFirst(), norm);
      case Operator.GroupNorm norm -> {
        if (isLite(target)) {
          GroupNormLowering.channelsLast(lowering, node, norm);
        } else {
          GroupNormLowering.lower(lowering, node, norm);
        }
      }
      case Operator.SoftmaxAttention attention ->
          SoftmaxAttentionLowering.lower(lowering, node, attention);
      case Operator.HeadsAttention attention ->
          SoftmaxAttentionLowering.lower(lowering, node, attention);
      case Operator.CausalMask mask -> CausalMaskLowering.lower(lowering, node, mask);
      case Operator.TimestepEmbedding embedding ->
          TimestepEmbeddingLowering.lower(lowering, node, embedding);
      case Operator.L2Normalize norm -> {
        if (isLite(target) && target.activations().isPresent()) {
          L2NormalizeLowering.whole(lowering, node);
        } else {
          L2NormalizeLowering.lower(lowering, node, norm);
        }
      }
      case Operator.Gelu gelu -> GeluLowering.lower(lowering, node, gelu, target);
      case Operator.Silu silu ->
          lowering.op(
              "Mul",
              output,
              in.getFirst(),
              lowering.op("Sigmoid", output + ".sigmoid", in.getFirst()));
      case Operator.Add add -> addition(node, index);
      case Operator.Multiply multiply -> lowering.op("Mul", output, in.get(0), in.get(1));
      case Operator.Cast cast -> lowering.cast(inArithmetic(cast.to()), output, in.getFirst());
      case Operator.Embedding embedding -> embedding(node, embedding);
      case Operator.Convolution convolution -> convolution(node, convolution);
      case Operator.Primitive primitive ->
          lowering.graph().node(node.name(), primitive, in, node.outputs());
    }
  }

  private void linear(String output, String x, Operator.Linear linear) {
    Optional<AttachmentPoint> attached = attached(linear);
    boolean narrowLogits = output.equals("logits") && lowering.arithmetic() != ElementType.FLOAT32;
    if (attached.isPresent()) {
      attached(output, x, linear, attached.get());
    } else if (narrowLogits) {
      plain("logits.narrow", x, linear.weight(), linear.bias());
      lowering.cast(ElementType.FLOAT32, output, "logits.narrow");
    } else {
      plain(output, x, linear.weight(), linear.bias());
    }
  }

  private void embedding(Node node, Operator.Embedding embedding) {
    String output = node.outputs().getFirst();
    Operator plain = new Operator.Embedding(embedding.weight());
    Optional<AttachmentPoint> attached =
        switch (adapterInputs) {
          case NONE, PADDED -> Optional.empty();
          case OPTIONAL, REQUIRED -> embedding.attachment();
        };
    if (attached.isPresent()) {
      String rows = lowering.graph().node(output + ".base", plain, node.inputs().getFirst());
      AdapterBranch.lowerLookup(
          lowering, attached.get(), adapterInputs, output, node.inputs().getFirst(), rows);
    } else {
      lowering.graph().node(node.name(), plain, node.inputs(), node.outputs());
    }
  }

  private void convolution(Node node, Operator.Convolution convolution) {
    switch (adapterInputs) {
      case NONE, PADDED ->
          lowering.graph().node(node.name(), convolution.plain(), node.inputs(), node.outputs());
      case OPTIONAL, REQUIRED ->
          ConvolutionBranch.lower(lowering, node, convolution, adapterInputs);
    }
  }

  /** A scale acts on the product alone, so the bias is added after it. */
  private void attached(String output, String x, Operator.Linear linear, AttachmentPoint point) {
    Optional<String> late = linear.bias().filter(bias -> point.scaled());
    Optional<String> early = linear.bias().filter(bias -> !point.scaled());
    String base = plain(output + ".base", x, linear.weight(), early);
    String adapted = late.isPresent() ? output + ".adapted" : output;
    AdapterBranch.lower(lowering, point, adapterInputs, adapted, x, base);
    late.ifPresent(bias -> lowering.op("Add", output, adapted, bias));
  }

  private String plain(String output, String x, String weight, Optional<String> bias) {
    return lowering
        .graph()
        .node(
            output,
            new Operator.Linear(weight, bias, Optional.empty()),
            scaling.ofLinear(x, weight));
  }

  /** An addition whose sum is normalized next waits for the norm, to become one step with it. */
  private void addition(Node node, int index) {
    String sum = node.outputs().getFirst();
    boolean normalizedNext =
        index + 1 < source.nodes().size()
            && source.nodes().get(index + 1).operator() instanceof Operator.RmsNorm
            && source.nodes().get(index + 1).inputs().getFirst().equals(sum);
    if (normalizedNext && target.supports(Lowering.MICROSOFT, "SkipSimplifiedLayerNormalization")) {
      delayedAdditions.put(sum, node);
    } else {
      lowering.op("Add", sum, node.inputs().get(0), node.inputs().get(1));
    }
  }

  private void norm(String output, String x, Operator.RmsNorm norm) {
    Operator.RmsNorm folded = scaling.folded(output, norm);
    Node addition = delayedAdditions.remove(x);
    if (addition != null) {
      String sum = uses.getOrDefault(x, 0L) > 1 ? x : "";
      NormLowering.fusedWithAddition(lowering, output, sum, addition.inputs(), folded);
    } else if (target.supports("", "SimplifiedLayerNormalization")) {
      NormLowering.fused(lowering, output, x, folded);
    } else {
      NormLowering.decomposed(lowering, output, x, folded);
      for (int i = 0; i < secondNorms(output); i++) {
        NormLowering.decomposed(
            lowering, InputScaling.product(output, i), x, scaling.scaled(output, i, norm));
      }
    }
  }

  private void layerNorm(String output, String x, Operator.LayerNorm norm) {
    LayerNormLowering.lower(lowering, output, x, scaling.folded(output, norm));
    for (int i = 0; i < secondNorms(output); i++) {
      LayerNormLowering.lower(
          lowering, InputScaling.product(output, i), x, scaling.scaled(output, i, norm));
    }
  }

  /**
   * Where values are stored in whole numbers the norm is computed once more for layers that want
   * its result scaled: a product would be made of the result as it is, whose outliers scaling is to
   * keep from being stored.
   */
  private int secondNorms(String output) {
    return target.activations().isPresent() ? scaling.products(output) : 0;
  }

  private void attention(Node node, Operator.Attention attention) {
    if (target.supports(Lowering.MICROSOFT, "GroupQueryAttention")
        && FusedAttention.takes(attention)) {
      FusedAttention.lower(lowering, node, attention);
    } else {
      DecomposedAttention.lower(lowering, node, attention);
    }
  }
}
