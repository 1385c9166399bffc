package org.m4fw.graph.legalize;

import static org.m4fw.graph.legalize.Lowering.integer;

import java.util.Map;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator;

/** Attention as products and a softmax. */
final class SoftmaxAttentionLowering {
  private final Lowering to;
  private final Operator.SoftmaxAttention attention;
  private final String path;

  private SoftmaxAttentionLowering(
      Lowering lowering, Operator.SoftmaxAttention attention, String path) {
    this.to = lowering;
    this.attention = attention;
    this.path = path;
  }

  static void lower(Lowering lowering, Node node, Operator.SoftmaxAttention attention) {
    new SoftmaxAttentionLowering(lowering, attention, node.outputs().getFirst()).lower(node);
  }

  private void lower(Node node) {
    // Scaled before the product: in float16 the products of long heads could overflow.
    String scale =
        to.real(
            "const.attention.scale." + attention.headWidth(),
            to.arithmetic(),
            (float) (1 / Math.sqrt(attention.headWidth())));
    String scaled = to.op("Mul", path + ".query.scaled", node.inputs().get(0), scale);
    String query = to.transpose(path + ".query.heads", split("query", scaled), 0L, 2L, 1L, 3L);
    String key =
        to.transpose(path + ".key.heads", split("key", node.inputs().get(1)), 0L, 2L, 3L, 1L);
    String value =
        to.transpose(path + ".value.heads", split("value", node.inputs().get(2)), 0L, 2L, 1L, 3L);
    String scores = to.op("MatMul", path + ".scores", query, key);
    String masked =
        node.inputs().size() > 3
            ? to.op("Add", path + ".scores.masked", scores, node.inputs().get(3))
            : scores;
    String weights = to.op("Softmax", Map.of("axis", integer(-1)), path + ".weights", masked);
    String mixed = to.op("MatMul", path + ".mixed", weights, value);
    String sequence = to.transpose(path + ".mixed.sequence", mixed, 0L, 2L, 1L, 3L);
    to.op(
        "Reshape", path, sequence, to.ints(0, 0, (long) attention.heads() * attention.headWidth()));
  }

  /** [B, S, heads·headWidth] to [B, S, heads, headWidth]. */
  private String split(String what, String value) {
    return to.op(
        "Reshape",
        path + "." + what + ".split",
        value,
        to.ints(0, 0, attention.heads(), attention.headWidth()));
  }
}
