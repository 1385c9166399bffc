package org.m4fw.graph.legalize;

import static org.m4fw.graph.legalize.Lowering.integer;
import static org.m4fw.graph.legalize.Lowering.number;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator;
import org.m4fw.graph.ir.Port;

/**
 * Attention as com.microsoft.GroupQueryAttention, which turns positions, updates the cache in place
 * and masks in one step. The lengths come from the attention mask, as in the graphs of
 * onnxruntime-genai.
 */
final class FusedAttention {
  private static final String LENGTHS = "attention_mask.seqlens_k";
  private static final String TOTAL = "attention_mask.total_sequence_length";

  /** What ONNX Runtime's rotary kernel asks of a head's width. */
  private static final int WIDTH_MULTIPLE = 16;

  private FusedAttention() {}

  /** Whether the operator can compute it. */
  static boolean takes(Operator.Attention attention) {
    return attention.headWidth() % WIDTH_MULTIPLE == 0;
  }

  static void lower(Lowering lowering, Node node, Operator.Attention attention) {
    if (!lowering.graph().hasInput("attention_mask")) {
      lengths(lowering);
    }
    Map<String, Operator.Attribute> attributes = new TreeMap<>();
    attributes.put("num_heads", integer(attention.heads()));
    attributes.put("kv_num_heads", integer(attention.keyValueHeads()));
    attributes.put("do_rotary", integer(1));
    attributes.put("rotary_interleaved", integer(0));
    attributes.put("scale", number(1 / Math.sqrt(attention.headWidth())));
    attributes.put("local_window_size", integer(attention.window().orElse(-1)));
    List<String> in = node.inputs();
    lowering
        .graph()
        .node(
            node.name(),
            Operator.Primitive.of(Lowering.MICROSOFT, "GroupQueryAttention", attributes),
            List.of(
                in.get(0),
                in.get(1),
                in.get(2),
                in.get(3),
                in.get(4),
                LENGTHS,
                TOTAL,
                RotaryTables.cosines(lowering, attention.rotary(), attention.headWidth()),
                RotaryTables.sines(lowering, attention.rotary(), attention.headWidth())),
            node.outputs());
  }

  private static void lengths(Lowering lowering) {
    String mask =
        lowering
            .graph()
            .input(
                new Port(
                    "attention_mask",
                    ElementType.INT64,
                    List.of(Port.symbolic("batch_size"), Port.symbolic("total_sequence_length"))));
    String sum =
        lowering.op(
            "ReduceSum", Map.of("keepdims", integer(0)), mask + ".sum", mask, lowering.ints(1));
    String last = lowering.op("Sub", mask + ".last", sum, lowering.ints(1));
    lowering.cast(ElementType.INT32, LENGTHS, last);
    String shape = lowering.op("Shape", mask + ".shape", mask);
    String total =
        lowering.op(
            "Gather", Map.of("axis", integer(0)), mask + ".total", shape, lowering.int64Scalar(1));
    lowering.cast(ElementType.INT32, TOTAL, total);
  }
}
