package org.m4fw.graph.legalize;

import static org.m4fw.graph.legalize.Lowering.integer;

import java.util.Map;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator;

/** Attention as products and a softmax. */
final class SoftmaxAttentionLowering {
  private final Lowering to;
  private final int heads;
  private final int headWidth;
  private final String path;

  private SoftmaxAttentionLowering(Lowering lowering, int heads, int headWidth, String path) {
    this.to = lowering;
    this.heads = heads;
    this.headWidth = headWidth;
    this.path = path;
  }

  static void lower(Lowering lowering, Node node, Operator.SoftmaxAttention attention) {
    SoftmaxAttentionLowering lower =
        new SoftmaxAttentionLowering(
            lowering, attention.heads(), attention.headWidth(), node.outputs().getFirst());
    String keys = lower.heads("key", node.inputs().get(1), 0L, 2L, 3L, 1L);
    String values = lower.heads("value", node.inputs().get(2), 0L, 2L, 1L, 3L);
    lower.attend(node, keys, values);
  }

  static void lower(Lowering lowering, Node node, Operator.HeadsAttention attention) {
    String output = node.outputs().getFirst();
    String keys = lowering.transpose(output + ".key.columns", node.inputs().get(1), 0L, 1L, 3L, 2L);
    new SoftmaxAttentionLowering(lowering, attention.heads(), attention.headWidth(), output)
        .attend(node, keys, node.inputs().get(2));
  }

  /**
   * From keys to the output.
   *
   * @param keys [B, heads, headWidth, T]
   * @param values [B, heads, T, headWidth]
   */
  private void attend(Node node, String keys, String values) {
    // Scaled before the product: in float16 the products of long heads could overflow.
    String scale =
        to.real(
            "const.attention.scale." + headWidth,
            to.arithmetic(),
            (float) (1 / Math.sqrt(headWidth)));
    String scaled = to.op("Mul", path + ".query.scaled", node.inputs().get(0), scale);
    String queries = heads("query", scaled, 0L, 2L, 1L, 3L);
    String scores = to.op("MatMul", path + ".scores", queries, keys);
    String masked =
        node.inputs().size() > 3
            ? to.op("Add", path + ".scores.masked", scores, node.inputs().get(3))
            : scores;
    String weights = to.op("Softmax", Map.of("axis", integer(-1)), path + ".weights", masked);
    String mixed = to.op("MatMul", path + ".mixed", weights, values);
    String sequence = to.transpose(path + ".mixed.sequence", mixed, 0L, 2L, 1L, 3L);
    to.op("Reshape", path, sequence, to.ints(0, 0, (long) heads * headWidth));
  }

  /** [B, S, heads·headWidth] to [B, S, heads, headWidth] in another order of axes. */
  private String heads(String what, String value, Long... permutation) {
    String split =
        to.op("Reshape", path + "." + what + ".split", value, to.ints(0, 0, heads, headWidth));
    return to.transpose(path + "." + what + ".heads", split, permutation);
  }
}
