package org.m4fw.graph.pass;

import java.util.ArrayList;
import java.util.List;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator;

/** Which weights a node reads. */
final class WeightUse {
  private WeightUse() {}

  /** Names of values among which are all the weights that the node reads. */
  static List<String> of(Node node) {
    List<String> names = new ArrayList<>(node.inputs());
    switch (node.operator()) {
      case Operator.Embedding embedding -> names.add(embedding.weight());
      case Operator.Linear linear -> {
        names.add(linear.weight());
        linear.bias().ifPresent(names::add);
      }
      case Operator.RmsNorm norm -> names.add(norm.weight());
      case Operator.LayerNorm norm -> {
        names.add(norm.weight());
        names.add(norm.bias());
      }
      case Operator.GroupNorm norm -> {
        names.add(norm.weight());
        names.add(norm.bias());
      }
      case Operator.Attention attention -> {}
      case Operator.SoftmaxAttention attention -> {}
      case Operator.HeadsAttention attention -> {}
      case Operator.CausalMask mask -> {}
      case Operator.TimestepEmbedding embedding -> {}
      case Operator.L2Normalize normalize -> {}
      case Operator.Gelu gelu -> {}
      case Operator.Silu silu -> {}
      case Operator.Add add -> {}
      case Operator.Multiply multiply -> {}
      case Operator.Cast cast -> {}
      case Operator.Convolution convolution -> {}
      case Operator.Primitive primitive -> {}
    }
    return names;
  }
}
