package org.m4fw.graph.legalize;

import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Operator;
import org.m4fw.targets.FloatType;
import org.m4fw.targets.InferenceRuntime;
import org.m4fw.targets.Target;

/**
 * A graph of which every operator is one of the target's, or one that becomes so when its weight is
 * encoded ({@link Operator.Linear}, {@link Operator.Embedding}).
 *
 * @param adapterInputs how adapters come in
 */
public record TargetGraph(Graph graph, Target target, AdapterInputs adapterInputs) {
  public TargetGraph {
    graph.nodes().forEach(node -> check(target, node.name(), node.operator()));
  }

  private static void check(Target target, String node, Operator operator) {
    switch (operator) {
      case Operator.Primitive primitive -> {
        if (!takes(target, primitive)) {
          throw LegalizeError.UNSUPPORTED_OPERATOR.at(target.id(), node, primitive.type());
        }
      }
      case Operator.Linear linear -> {}
      case Operator.Embedding embedding -> {}
      case Operator.RmsNorm n -> throw composite(target, node, "RmsNorm");
      case Operator.Attention a -> throw composite(target, node, "Attention");
      case Operator.LayerNorm n -> throw composite(target, node, "LayerNorm");
      case Operator.GroupNorm n -> throw composite(target, node, "GroupNorm");
      case Operator.SoftmaxAttention a -> throw composite(target, node, "SoftmaxAttention");
      case Operator.HeadsAttention a -> throw composite(target, node, "HeadsAttention");
      case Operator.CausalMask m -> throw composite(target, node, "CausalMask");
      case Operator.TimestepEmbedding e -> throw composite(target, node, "TimestepEmbedding");
      case Operator.L2Normalize n -> throw composite(target, node, "L2Normalize");
      case Operator.Gelu g -> throw composite(target, node, "Gelu");
      case Operator.Silu s -> throw composite(target, node, "Silu");
      case Operator.Add a -> throw composite(target, node, "Add");
      case Operator.Multiply m -> throw composite(target, node, "Multiply");
      case Operator.Convolution c -> throw composite(target, node, "Convolution");
      case Operator.Cast c -> throw composite(target, node, "Cast");
    }
  }

  /** For LiteRT the standard's own operators are only the way to its operators. */
  private static boolean takes(Target target, Operator.Primitive primitive) {
    return target.runtime().format() == InferenceRuntime.GraphFormat.LITERT
        ? primitive.domain().isEmpty()
        : target.supports(primitive.domain(), primitive.type());
  }

  private static RuntimeException composite(Target target, String node, String operator) {
    return LegalizeError.UNSUPPORTED_OPERATOR.at(target.id(), node, operator);
  }

  /** The type of activations. */
  public ElementType arithmetic() {
    return elementType(target.runtime().arithmetic());
  }

  /** The type of values for which a target computes so. */
  public static ElementType elementType(FloatType type) {
    return switch (type) {
      case FLOAT32 -> ElementType.FLOAT32;
      case FLOAT16 -> ElementType.FLOAT16;
    };
  }
}
