package org.m4fw.graph.importer;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.m4fw.graph.ir.AttachmentPoint;
import org.m4fw.graph.ir.Operator;
import org.m4fw.graph.ir.Operator.Attribute;
import org.m4fw.graph.ir.Weight;

/**
 * The transformer that all modalities of ImageBind are made with: pre-normalized blocks of
 * attention and a feed-forward network of four times the width, without a norm at the end.
 *
 * @param path of the list of blocks
 * @param extraKey whether the attention of every block has one trained key and value more than
 *     there are tokens, which all queries see ({@code add_bias_kv})
 */
record ImageBindTrunk(Layers layers, String path, ImageBindConfig.Trunk size, boolean extraKey) {
  static final double EPSILON = 1e-6;
  private static final int FEED_FORWARD_RATIO = 4;

  /**
   * The trunk's output for its tokens, both [B, N, width].
   *
   * @param mask what is added to the scores, [N, N]
   */
  String apply(String tokens, Optional<String> mask) {
    String hidden = tokens;
    for (int i = 0; i < size.blocks(); i++) {
      hidden = block(path + "." + i, hidden, mask);
    }
    return hidden;
  }

  private String block(String block, String input, Optional<String> mask) {
    int inner = FEED_FORWARD_RATIO * size.width();
    String attended = attention(block + ".attn", norm(block + ".norm_1", input), mask);
    String residual = layers.add(block + ".attention_residual", input, attended);
    String up =
        layers.adaptable(
            block + ".mlp.fc1", norm(block + ".norm_2", residual), size.width(), inner);
    String active =
        layers.graph().node(block + ".mlp.act", new Operator.Gelu(Operator.Gelu.Kind.ERF), up);
    String down = layers.adaptable(block + ".mlp.fc2", active, inner, size.width());
    return layers.add(block + ".residual", residual, down);
  }

  /** One projection gives queries, keys and values; the extra key and value are not projected. */
  private String attention(String attention, String input, Optional<String> mask) {
    int width = size.width();
    String matrix =
        layers.weight(attention + ".in_proj_weight", Weight.Role.LINEAR, 3L * width, width);
    String bias = layers.weight(attention + ".in_proj_bias", Weight.Role.BIAS, 3L * width);
    // An adapter calls this layer as a whole by the name of the attention, as PEFT does.
    String projected =
        layers.adaptable(
            attention + ".in_proj",
            new AttachmentPoint(attention, width, 3L * width),
            matrix,
            Optional.of(bias),
            input);
    List<String> split =
        layers
            .graph()
            .node(
                attention + ".split",
                Operator.Primitive.of(
                    "",
                    "Split",
                    Map.of("axis", new Attribute.Int(-1), "num_outputs", new Attribute.Int(3))),
                List.of(projected),
                List.of(attention + ".query", attention + ".key", attention + ".value"));
    List<String> inputs = new ArrayList<>(split);
    if (extraKey) {
      inputs.set(1, extended(attention + ".bias_k", split.get(1)));
      inputs.set(2, extended(attention + ".bias_v", split.get(2)));
    }
    mask.ifPresent(inputs::add);
    String mixed = attention + ".mixed";
    layers
        .graph()
        .node(
            mixed,
            new Operator.SoftmaxAttention(size.heads(), width / size.heads()),
            inputs,
            List.of(mixed));
    return layers.adaptable(attention + ".out_proj", mixed, width, width);
  }

  private String extended(String name, String rows) {
    String row = layers.weight(name, Weight.Role.PARAMETER, 1, 1, size.width());
    String repeated = layers.inEveryRowOfBatch(name + ".repeated", row, rows);
    return layers.concat(name + ".appended", 1, rows, repeated);
  }

  private String norm(String name, String input) {
    return layers.layerNorm(name, input, size.width(), EPSILON);
  }
}
