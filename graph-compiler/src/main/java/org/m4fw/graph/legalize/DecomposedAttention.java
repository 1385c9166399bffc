package org.m4fw.graph.legalize;

import static org.m4fw.graph.legalize.Lowering.integer;

import java.util.List;
import java.util.Map;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator;
import org.m4fw.graph.ir.Operator.Attribute;
import org.m4fw.graph.ir.Port;

/**
 * Attention in plain ONNX: positions turned with constant tables, the cache by concatenation, the
 * causal mask from the shapes and the attention mask, grouped queries by a broadcast axis.
 */
final class DecomposedAttention {
  private static final String MASK = "attention_mask.additive";

  private final Lowering to;
  private final Operator.Attention attention;
  private final String path;

  private DecomposedAttention(Lowering lowering, Operator.Attention attention, String path) {
    this.to = lowering;
    this.attention = attention;
    this.path = path;
  }

  static void lower(Lowering lowering, Node node, Operator.Attention attention) {
    new DecomposedAttention(lowering, attention, node.name()).lower(node);
  }

  private void lower(Node node) {
    if (!to.graph().hasInput("attention_mask")) {
      mask();
    }
    List<String> in = node.inputs();
    String query = rotate("query", heads("query", in.get(0), attention.heads()));
    String newKey = rotate("key", heads("key", in.get(1), attention.keyValueHeads()));
    String newValue = heads("value", in.get(2), attention.keyValueHeads());
    String key = concat(node.outputs().get(1), in.get(3), newKey);
    String value = concat(node.outputs().get(2), in.get(4), newValue);

    String grouped =
        to.op(
            "Reshape",
            path + ".query.grouped",
            query,
            to.ints(0, attention.keyValueHeads(), groups(), -1, attention.headWidth()));
    String keyGroup = to.op("Unsqueeze", path + ".key.group", key, to.ints(2));
    String valueGroup = to.op("Unsqueeze", path + ".value.group", value, to.ints(2));
    String keyTransposed = transpose(path + ".key.transposed", keyGroup, 0, 1, 2, 4, 3);
    String scale =
        to.real(
            "const.attention.scale." + attention.headWidth(),
            to.arithmetic(),
            (float) (1 / Math.sqrt(attention.headWidth())));
    // Scaled before the product: in float16 the products of long heads could overflow.
    String scaled = to.op("Mul", path + ".query.scaled", grouped, scale);
    String scores = to.op("MatMul", path + ".scores", scaled, keyTransposed);
    String masked = to.op("Add", path + ".scores.masked", scores, MASK);
    String weights = to.op("Softmax", Map.of("axis", integer(-1)), path + ".weights", masked);
    String mixed = to.op("MatMul", path + ".mixed", weights, valueGroup);
    String ungrouped =
        to.op(
            "Reshape",
            path + ".mixed.heads",
            mixed,
            to.ints(0, attention.heads(), -1, attention.headWidth()));
    String sequence = transpose(path + ".mixed.sequence", ungrouped, 0, 2, 1, 3);
    to.op(
        "Reshape",
        node.outputs().getFirst(),
        sequence,
        to.ints(0, 0, (long) attention.heads() * attention.headWidth()));
  }

  private long groups() {
    return attention.heads() / attention.keyValueHeads();
  }

  /** [B, S, heads·width] to [B, heads, S, width]. */
  private String heads(String what, String value, int count) {
    String split =
        to.op(
            "Reshape",
            path + "." + what + ".split",
            value,
            to.ints(0, 0, count, attention.headWidth()));
    return transpose(path + "." + what + ".heads", split, 0, 2, 1, 3);
  }

  /** Turns the first half of each head with the second. */
  private String rotate(String what, String value) {
    String name = path + "." + what + ".rotary";
    long half = attention.headWidth() / 2;
    List<String> halves =
        to.graph()
            .node(
                name + ".halves",
                Operator.Primitive.of("", "Split", Map.of("axis", integer(-1))),
                List.of(value, to.ints(half, half)),
                List.of(name + ".first", name + ".second"));
    String cosine =
        positions("cos", RotaryTables.cosines(to, attention.rotary(), attention.headWidth()));
    String sine =
        positions("sin", RotaryTables.sines(to, attention.rotary(), attention.headWidth()));
    String first = halves.get(0);
    String second = halves.get(1);
    String left =
        to.op(
            "Sub",
            name + ".left",
            to.op("Mul", name + ".first.cos", first, cosine),
            to.op("Mul", name + ".second.sin", second, sine));
    String right =
        to.op(
            "Add",
            name + ".right",
            to.op("Mul", name + ".second.cos", second, cosine),
            to.op("Mul", name + ".first.sin", first, sine));
    return to.op("Concat", Map.of("axis", integer(-1)), name, left, right);
  }

  /** The rows of a table at the positions, [B, 1, S, width/2]; the same for all layers. */
  private String positions(String what, String table) {
    String name = "position_ids." + what;
    if (to.graph().hasValue(name)) {
      return name;
    }
    String rows =
        to.op("Gather", Map.of("axis", integer(0)), name + ".rows", table, "position_ids");
    return to.op("Unsqueeze", name, rows, to.ints(1));
  }

  private String concat(String name, String past, String now) {
    return to.op("Concat", Map.of("axis", integer(2)), name, past, now);
  }

  private String transpose(String name, String value, long... permutation) {
    Attribute perm =
        new Attribute.Ints(java.util.stream.LongStream.of(permutation).boxed().toList());
    return to.op("Transpose", Map.of("perm", perm), name, value);
  }

  /**
   * What is added to the scores, [B, 1, 1, S, T]: 0 where a token may look, a large negative number
   * where it may not.
   */
  private void mask() {
    String mask = input("attention_mask", "total_sequence_length");
    input("position_ids", "sequence_length");
    String total = length(mask, "attention_mask.total");
    String length = length("position_ids", "attention_mask.length");
    String zero = to.int64Scalar(0);
    String one = to.int64Scalar(1);
    String keys = to.op("Range", "attention_mask.keys", zero, total, one);
    String past = to.op("Sub", "attention_mask.past", total, length);
    String queries = to.op("Range", "attention_mask.queries", past, total, one);
    String rows = to.op("Unsqueeze", "attention_mask.rows", queries, to.ints(1));
    String seen = to.op("LessOrEqual", "attention_mask.causal", keys, rows);
    if (attention.window().isPresent()) {
      String first =
          to.op(
              "Sub",
              "attention_mask.window.first",
              rows,
              to.int64Scalar(attention.window().getAsLong()));
      String inside = to.op("Greater", "attention_mask.window", keys, first);
      seen = to.op("And", "attention_mask.window.causal", seen, inside);
    }
    String present = to.cast(ElementType.BOOL, "attention_mask.present", mask);
    String column = to.op("Unsqueeze", "attention_mask.column", present, to.ints(1));
    String allowed = to.op("And", "attention_mask.allowed", seen, column);
    String additive =
        to.op(
            "Where",
            "attention_mask.values",
            allowed,
            to.real("const.mask.open", to.arithmetic(), 0f),
            to.real("const.mask.closed", to.arithmetic(), -30_000f));
    to.op("Unsqueeze", MASK, additive, to.ints(1, 2));
  }

  private String input(String name, String length) {
    return to.graph()
        .input(
            new Port(
                name,
                ElementType.INT64,
                List.of(Port.symbolic("batch_size"), Port.symbolic(length))));
  }

  private String length(String value, String name) {
    String shape = to.op("Shape", name + ".shape", value);
    return to.op("Gather", Map.of("axis", integer(0)), name, shape, to.int64Scalar(1));
  }
}
