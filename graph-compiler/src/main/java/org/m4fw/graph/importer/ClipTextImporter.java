package org.m4fw.graph.importer;

import static org.m4fw.graph.ir.Port.fixed;
import static org.m4fw.graph.ir.Port.symbolic;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.GraphBuilder;
import org.m4fw.graph.ir.Literal;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Operator;
import org.m4fw.graph.ir.Operator.Attribute;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.ir.SpecialTokens;
import org.m4fw.graph.ir.Weight;

/**
 * The text model of CLIP: a stack of pre-normalized layers with causal attention. Source: Radford
 * et al., "Learning Transferable Visual Models From Natural Language Supervision" (2021); tensor
 * names are those of transformers, with or without the prefix {@code text_model}.
 *
 * <p>Input: {@code input_ids} [B, S]. Outputs: {@code last_hidden_state} [B, S, width], after the
 * last norm, and {@code pooled} [B, width], of it the row of the token that ends the text.
 */
final class ClipTextImporter {
  /** Published configurations say 2 although the vocabulary ends with its highest number. */
  private static final long OLD_END = 2;

  private final ClipTextConfig config;
  private final CheckpointWeights weights;
  private final GraphBuilder graph = new GraphBuilder();
  private final Layers layers;
  private final String prefix;

  private ClipTextImporter(ClipTextConfig config, CheckpointWeights weights) {
    this.config = config;
    this.weights = weights;
    this.layers = new Layers(graph, weights);
    this.prefix = weights.has("text_model.final_layer_norm.weight") ? "text_model." : "";
  }

  static Model build(ClipTextConfig config, CheckpointWeights weights, SpecialTokens tokens) {
    return new ClipTextImporter(config, weights).build(tokens);
  }

  private Model build(SpecialTokens tokens) {
    String ids =
        graph.input(
            new Port(
                "input_ids",
                ElementType.INT64,
                List.of(symbolic("batch_size"), symbolic("sequence_length"))));
    String hidden = embeddings(ids);
    String mask = graph.node("causal_mask", new Operator.CausalMask(), hidden, hidden);
    for (int i = 0; i < config.layers(); i++) {
      hidden = layer(prefix + "encoder.layers." + i, hidden, mask);
    }
    String normalized = norm(prefix + "final_layer_norm", hidden);
    output("last_hidden_state", normalized, symbolic("sequence_length"));
    output("pooled", pooled(ids, normalized));
    weights.dropBuffers("embeddings.position_ids");
    weights.checkComplete();
    return Model.of("text_encoder", graph.build("clip_text_model", Optional.empty(), tokens));
  }

  private String embeddings(String ids) {
    String path = prefix + "embeddings";
    String tokens =
        layers.embedding(path + ".token_embedding", ids, config.vocabulary(), config.width());
    String table =
        layers.weight(
            path + ".position_embedding.weight",
            Weight.Role.PARAMETER,
            config.positions(),
            config.width());
    String length =
        graph.node(
            path + ".length",
            Operator.Primitive.of(
                "", "Shape", Map.of("start", new Attribute.Int(1), "end", new Attribute.Int(2))),
            ids);
    String positions =
        graph.node(
            path + ".position_embedding",
            Operator.Primitive.of("Slice"),
            table,
            layers.ints(0),
            length,
            layers.ints(0));
    return layers.add(path, tokens, positions);
  }

  private String layer(String path, String hidden, String mask) {
    String attended = attention(path + ".self_attn", norm(path + ".layer_norm1", hidden), mask);
    String residual = layers.add(path + ".attention_residual", hidden, attended);
    String fed = feedForward(path + ".mlp", norm(path + ".layer_norm2", residual));
    return layers.add(path + ".residual", residual, fed);
  }

  private String attention(String path, String input, String mask) {
    int width = config.width();
    String query = layers.adaptable(path + ".q_proj", input, width, width);
    String key = layers.adaptable(path + ".k_proj", input, width, width);
    String value = layers.adaptable(path + ".v_proj", input, width, width);
    String mixed =
        graph.node(
            path,
            new Operator.SoftmaxAttention(config.heads(), width / config.heads()),
            query,
            key,
            value,
            mask);
    return layers.adaptable(path + ".out_proj", mixed, width, width);
  }

  private String feedForward(String path, String input) {
    String wide = layers.adaptable(path + ".fc1", input, config.width(), config.feedForwardWidth());
    String active =
        graph.node(path + ".activation_fn", new Operator.Gelu(config.activation()), wide);
    return layers.adaptable(path + ".fc2", active, config.feedForwardWidth(), config.width());
  }

  private String norm(String path, String input) {
    return layers.layerNorm(path, input, config.width(), config.epsilon());
  }

  /** The rows of the first end token of each text; the first rows where there is none. */
  private String pooled(String ids, String hidden) {
    String marks = ids;
    if (config.end() != OLD_END) {
      String end = graph.literal("const.end", Literal.int64Scalar(config.end()));
      marks = graph.node("pooled.ends", Operator.Primitive.of("Equal"), ids, end);
    }
    // Runtimes look for the largest of 32-bit integers, not of 64-bit ones.
    String narrow = graph.node("pooled.marks", new Operator.Cast(ElementType.INT32), marks);
    String position =
        graph.node(
            "pooled.position",
            Operator.Primitive.of("", "ArgMax", Map.of("axis", new Attribute.Int(1))),
            narrow);
    return graph.node(
        "pooled.row",
        Operator.Primitive.of("", "GatherND", Map.of("batch_dims", new Attribute.Int(1))),
        hidden,
        position);
  }

  /** Gives a value a name of its own: the path of the module that made it is no name to outside. */
  private void output(String name, String value, Port.Dim... between) {
    graph.node(name, Operator.Primitive.of("Identity"), value);
    List<Port.Dim> dims = new ArrayList<>();
    dims.add(symbolic("batch_size"));
    dims.addAll(List.of(between));
    dims.add(fixed(config.width()));
    graph.output(new Port(name, ElementType.FLOAT32, dims));
  }
}
