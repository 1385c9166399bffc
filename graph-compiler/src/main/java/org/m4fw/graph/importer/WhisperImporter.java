package org.m4fw.graph.importer;

import static org.m4fw.graph.ir.Port.fixed;
import static org.m4fw.graph.ir.Port.symbolic;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import org.m4fw.checkpoint.Shape;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.GraphBuilder;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Operator;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.ir.SpecialTokens;
import org.m4fw.graph.ir.Weight;

/**
 * Whisper: an encoder of log-mel spectrograms and a decoder of text that looks at what it gives,
 * both stacks of pre-normalized layers with learned positions. Source: Radford et al., "Robust
 * Speech Recognition via Large-Scale Weak Supervision" (2022); tensor names are those of
 * transformers.
 *
 * <p>The part {@code encoder} takes {@code input_features} [B, mel bins, 2·source positions] and
 * gives {@code encoder_hidden} [B, source positions, width]. The part {@code decoder} takes that
 * and {@code decoder_input_ids} [B, S], a text from its start, and gives {@code logits} [B, S,
 * vocabulary]; it keeps no cache.
 */
final class WhisperImporter {
  private static final String FEATURES = "input_features";
  private static final String HIDDEN = "encoder_hidden";
  private static final String IDS = "decoder_input_ids";

  private final WhisperConfig config;
  private final CheckpointWeights weights;
  private final Layers layers;
  private final GraphBuilder graph;

  private WhisperImporter(WhisperConfig config, CheckpointWeights weights) {
    this.config = config;
    this.weights = weights;
    this.graph = new GraphBuilder();
    this.layers = new Layers(graph, weights);
  }

  static Model build(WhisperConfig config, CheckpointWeights weights, SpecialTokens specialTokens) {
    SequencedMap<String, Graph> parts = new LinkedHashMap<>();
    parts.put("encoder", new WhisperImporter(config, weights).encoder());
    parts.put(Model.DECODER, new WhisperImporter(config, weights).decoder(specialTokens));
    weights.checkComplete();
    return new Model("whisper", parts);
  }

  private Graph encoder() {
    int width = config.width();
    String features =
        graph.input(port(FEATURES, fixed(config.melBins()), fixed(2L * config.sourcePositions())));
    String path = "model.encoder";
    Convolution first = Convolution.of(path + ".conv1", config.melBins(), width, 3L).padded(1L);
    Convolution second = Convolution.of(path + ".conv2", width, width, 3L).padded(1L).strided(2L);
    String frames = gelu(path + ".conv1.gelu", layers.convolution(first, features));
    String halved = gelu(path + ".conv2.gelu", layers.convolution(second, frames));
    String sequence = layers.transpose(path + ".frames", halved, 0L, 2L, 1L);
    String hidden =
        layers.add(path + ".embedded", sequence, positions(path, config.sourcePositions()));
    for (int i = 0; i < config.encoder().layers(); i++) {
      String layer = path + ".layers." + i;
      String attended = selfAttention(layer, hidden, config.encoder(), Optional.empty());
      hidden = feedForward(layer, attended, config.encoder());
    }
    graph.node(
        path + ".layer_norm",
        new Operator.LayerNorm(
            layers.weight(path + ".layer_norm.weight", Weight.Role.NORM, width),
            layers.weight(path + ".layer_norm.bias", Weight.Role.BIAS, width),
            WhisperConfig.EPSILON),
        List.of(hidden),
        List.of(HIDDEN));
    graph.output(port(HIDDEN, fixed(config.sourcePositions()), fixed(width)));
    return graph.build("whisper", Optional.empty(), SpecialTokens.none());
  }

  private Graph decoder(SpecialTokens specialTokens) {
    String path = "model.decoder";
    String ids =
        graph.input(
            new Port(
                IDS,
                ElementType.INT64,
                List.of(symbolic("batch_size"), symbolic("sequence_length"))));
    String encoded =
        graph.input(port(HIDDEN, fixed(config.sourcePositions()), fixed(config.width())));
    Weight embedding =
        weights.take(
            path + ".embed_tokens.weight",
            Weight.Role.EMBEDDING,
            Shape.of(config.vocabulary(), config.width()));
    String tokens =
        graph.node(path + ".embed_tokens", new Operator.Embedding(graph.weight(embedding)), ids);
    String hidden = layers.add(path + ".embedded", tokens, firstPositions(path, ids));
    String mask = graph.node(path + ".mask", new Operator.CausalMask(), ids, ids);
    for (int i = 0; i < config.decoder().layers(); i++) {
      String layer = path + ".layers." + i;
      String attended = selfAttention(layer, hidden, config.decoder(), Optional.of(mask));
      String informed = crossAttention(layer, attended, encoded);
      hidden = feedForward(layer, informed, config.decoder());
    }
    String normalized = norm(path + ".layer_norm", hidden);
    graph.node(
        "proj_out",
        new Operator.Linear(head(embedding), Optional.empty(), Optional.empty()),
        List.of(normalized),
        List.of("logits"));
    graph.output(port("logits", symbolic("sequence_length"), fixed(config.vocabulary())));
    return graph.build("whisper", Optional.empty(), specialTokens);
  }

  private String head(Weight embedding) {
    if (config.tiedHead()) {
      weights.dropTiedHead("proj_out.weight", embedding);
      return embedding.name();
    }
    return layers.weight("proj_out.weight", Weight.Role.HEAD, config.vocabulary(), config.width());
  }

  private String positions(String path, int count) {
    return layers.weight(
        path + ".embed_positions.weight", Weight.Role.PARAMETER, count, config.width());
  }

  /** As many positions as there are tokens: [S, width]. */
  private String firstPositions(String path, String ids) {
    Primitives to = new Primitives(graph);
    return to.op(
        "Slice",
        path + ".embed_positions",
        positions(path, config.targetPositions()),
        to.integers(0),
        to.length(path + ".length", ids, 1),
        to.integers(0));
  }

  private String selfAttention(
      String layer, String hidden, WhisperConfig.Stack stack, Optional<String> mask) {
    String path = layer + ".self_attn";
    String normalized = norm(path + "_layer_norm", hidden);
    return attention(path, hidden, normalized, normalized, stack, mask);
  }

  private String crossAttention(String layer, String hidden, String encoded) {
    String path = layer + ".encoder_attn";
    String normalized = norm(path + "_layer_norm", hidden);
    return attention(path, hidden, normalized, encoded, config.decoder(), Optional.empty());
  }

  /** What the queries find in the memory, added to the residual stream. */
  private String attention(
      String path,
      String residual,
      String queries,
      String memory,
      WhisperConfig.Stack stack,
      Optional<String> mask) {
    int width = config.width();
    String query = layers.linear(path + ".q_proj", queries, width, width);
    // A bias of the keys would shift all scores of a query alike, which softmax does not see.
    String key = layers.linear(path + ".k_proj", memory, width, width, false);
    String value = layers.linear(path + ".v_proj", memory, width, width);
    Operator operator = new Operator.SoftmaxAttention(stack.heads(), width / stack.heads());
    String mixed =
        mask.isPresent()
            ? graph.node(path, operator, query, key, value, mask.get())
            : graph.node(path, operator, query, key, value);
    return layers.add(
        path + ".residual", residual, layers.linear(path + ".out_proj", mixed, width, width));
  }

  private String feedForward(String layer, String hidden, WhisperConfig.Stack stack) {
    String normalized = norm(layer + ".final_layer_norm", hidden);
    String wide =
        layers.linear(layer + ".fc1", normalized, config.width(), stack.feedForwardWidth());
    String active = gelu(layer + ".activation_fn", wide);
    String narrow = layers.linear(layer + ".fc2", active, stack.feedForwardWidth(), config.width());
    return layers.add(layer + ".residual", hidden, narrow);
  }

  private String norm(String path, String input) {
    return layers.layerNorm(path, input, config.width(), WhisperConfig.EPSILON);
  }

  private String gelu(String name, String input) {
    return graph.node(name, new Operator.Gelu(Operator.Gelu.Kind.ERF), input);
  }

  private static Port port(String name, Port.Dim second, Port.Dim third) {
    return new Port(name, ElementType.FLOAT32, List.of(symbolic("batch_size"), second, third));
  }
}
