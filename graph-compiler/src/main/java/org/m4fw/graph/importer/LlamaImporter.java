package org.m4fw.graph.importer;

import static org.m4fw.graph.ir.Port.fixed;
import static org.m4fw.graph.ir.Port.symbolic;

import java.util.List;
import java.util.Optional;
import org.m4fw.checkpoint.Shape;
import org.m4fw.graph.ir.AttachmentPoint;
import org.m4fw.graph.ir.DecoderGeometry;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.GraphBuilder;
import org.m4fw.graph.ir.Operator;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.ir.SpecialTokens;
import org.m4fw.graph.ir.Weight;

/**
 * The LLaMA family: a stack of pre-normalized layers, each attention with rotary positions and a
 * gated feed-forward network. Sources: Touvron et al., "LLaMA" (2023) and "Llama 2" (2023); Jiang
 * et al., "Mistral 7B" (2023) for the sliding window; tensor names are those of transformers.
 *
 * <p>Inputs: {@code input_ids} [B, S] and per layer {@code past_key_values.i.key|value} [B, KV, P,
 * D]. Outputs: {@code logits} [B, S, vocabulary] and {@code present.i.key|value} [B, KV, P+S, D].
 */
final class LlamaImporter {
  private final LlamaConfig config;
  private final CheckpointWeights weights;
  private final GraphBuilder graph = new GraphBuilder();

  private LlamaImporter(LlamaConfig config, CheckpointWeights weights) {
    this.config = config;
    this.weights = weights;
  }

  static Graph build(LlamaConfig config, CheckpointWeights weights, SpecialTokens specialTokens) {
    return new LlamaImporter(config, weights).build(specialTokens);
  }

  private Graph build(SpecialTokens specialTokens) {
    String ids =
        graph.input(
            new Port(
                "input_ids",
                ElementType.INT64,
                List.of(symbolic("batch_size"), symbolic("sequence_length"))));
    Weight embedding =
        weights.take(
            "model.embed_tokens.weight",
            Weight.Role.EMBEDDING,
            Shape.of(config.vocabulary(), config.width()));
    String hidden =
        graph.node("model.embed_tokens", new Operator.Embedding(graph.weight(embedding)), ids);
    for (int i = 0; i < config.layers(); i++) {
      hidden = layer(i, hidden);
    }
    String normalized = norm("model.norm", hidden);
    if (config.tiedHead()) {
      weights.dropTiedHead("lm_head.weight", embedding);
    }
    String head =
        config.tiedHead()
            ? embedding.name()
            : weight("lm_head.weight", Weight.Role.HEAD, config.vocabulary(), config.width());
    graph.node(
        "lm_head",
        new Operator.Linear(head, Optional.empty(), Optional.empty()),
        List.of(normalized),
        List.of("logits"));
    graph.output(
        new Port(
            "logits",
            ElementType.FLOAT32,
            List.of(
                symbolic("batch_size"), symbolic("sequence_length"), fixed(config.vocabulary()))));
    weights.dropBuffers("rotary_emb.inv_freq");
    weights.checkComplete();
    return graph.build(
        config.family(),
        Optional.of(
            new DecoderGeometry(
                config.layers(),
                config.heads(),
                config.keyValueHeads(),
                config.headWidth(),
                config.width(),
                config.vocabulary(),
                config.context())),
        specialTokens);
  }

  private String layer(int index, String hidden) {
    String path = "model.layers." + index;
    String attended = attention(index, path, norm(path + ".input_layernorm", hidden));
    String residual =
        graph.node(path + ".attention_residual", new Operator.Add(), hidden, attended);
    String fed = feedForward(path, norm(path + ".post_attention_layernorm", residual));
    return graph.node(path + ".residual", new Operator.Add(), residual, fed);
  }

  private String attention(int index, String path, String input) {
    String self = path + ".self_attn";
    int queryWidth = config.heads() * config.headWidth();
    int keyValueWidth = config.keyValueHeads() * config.headWidth();
    boolean bias = config.attentionBias();
    String query = linear(self + ".q_proj", input, config.width(), queryWidth, bias);
    String key = linear(self + ".k_proj", input, config.width(), keyValueWidth, bias);
    String value = linear(self + ".v_proj", input, config.width(), keyValueWidth, bias);
    String pastKey = cache("past_key_values.%s.key".formatted(index), "past_sequence_length");
    String pastValue = cache("past_key_values.%s.value".formatted(index), "past_sequence_length");
    List<String> outputs =
        graph.node(
            self,
            new Operator.Attention(
                config.heads(),
                config.keyValueHeads(),
                config.headWidth(),
                config.rotary(),
                config.window()),
            List.of(query, key, value, pastKey, pastValue),
            List.of(self, "present.%s.key".formatted(index), "present.%s.value".formatted(index)));
    graph.output(cachePort(outputs.get(1), "total_sequence_length"));
    graph.output(cachePort(outputs.get(2), "total_sequence_length"));
    return linear(self + ".o_proj", self, queryWidth, config.width(), bias);
  }

  private String feedForward(String path, String input) {
    String mlp = path + ".mlp";
    boolean bias = config.feedForwardBias();
    String gate =
        linear(mlp + ".gate_proj", input, config.width(), config.feedForwardWidth(), bias);
    String up = linear(mlp + ".up_proj", input, config.width(), config.feedForwardWidth(), bias);
    String active = graph.node(mlp + ".act_fn", new Operator.Silu(), gate);
    String gated = graph.node(mlp + ".gated", new Operator.Multiply(), active, up);
    return linear(mlp + ".down_proj", gated, config.feedForwardWidth(), config.width(), bias);
  }

  private String linear(String path, String input, int in, int out, boolean bias) {
    AttachmentPoint point = new AttachmentPoint(path, in, out);
    graph.attachmentPoint(point);
    Optional<String> biasWeight =
        bias
            ? Optional.of(
                graph.weight(weights.take(path + ".bias", Weight.Role.BIAS, Shape.of(out))))
            : Optional.empty();
    return graph.node(
        path,
        new Operator.Linear(
            weight(path + ".weight", Weight.Role.LINEAR, out, in), biasWeight, Optional.of(point)),
        input);
  }

  private String norm(String path, String input) {
    String gain =
        graph.weight(weights.take(path + ".weight", Weight.Role.NORM, Shape.of(config.width())));
    return graph.node(path, new Operator.RmsNorm(gain, config.epsilon()), input);
  }

  private String weight(String name, Weight.Role role, long rows, long columns) {
    return graph.weight(weights.take(name, role, Shape.of(rows, columns)));
  }

  private String cache(String name, String length) {
    return graph.input(cachePort(name, length));
  }

  private Port cachePort(String name, String length) {
    return new Port(
        name,
        ElementType.FLOAT32,
        List.of(
            symbolic("batch_size"),
            fixed(config.keyValueHeads()),
            symbolic(length),
            fixed(config.headWidth())));
  }
}
