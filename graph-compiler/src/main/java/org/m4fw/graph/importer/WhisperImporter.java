package org.m4fw.graph.importer;

import static org.m4fw.graph.ir.Port.fixed;
import static org.m4fw.graph.ir.Port.symbolic;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import org.m4fw.checkpoint.Shape;
import org.m4fw.graph.ir.DecoderGeometry;
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
 * gives {@code encoder_hidden} [B, source positions, width]. The part {@code memory} makes of that,
 * once for a text, what cross-attention looks at: keys and values of every layer of the decoder,
 * {@code memory_key_values.N.key|value} [B, heads, source positions, head width]. The part {@code
 * decoder} takes those, {@code decoder_input_ids} [B, S] and its cache {@code
 * past_key_values.N.key|value} [B, heads, P, head width], and gives {@code logits} [B, S,
 * vocabulary] and {@code present.N.key|value}.
 */
final class WhisperImporter {
  private static final String FEATURES = "input_features";
  private static final String HIDDEN = "encoder_hidden";
  private static final String IDS = "decoder_input_ids";
  private static final String MASK = "model.decoder.mask";
  private static final String KEY = "key";
  private static final String VALUE = "value";

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
    parts.put(Model.MEMORY, new WhisperImporter(config, weights).memory());
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
      String attended = selfAttention(layer, hidden, config.encoder());
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

  private Graph memory() {
    String encoded =
        graph.input(port(HIDDEN, fixed(config.sourcePositions()), fixed(config.width())));
    for (int i = 0; i < config.decoder().layers(); i++) {
      String path = "model.decoder.layers." + i + ".encoder_attn";
      heads(memoryValue(i, KEY), key(path, encoded));
      heads(memoryValue(i, VALUE), value(path, encoded));
      graph.output(memoryPort(i, KEY));
      graph.output(memoryPort(i, VALUE));
    }
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
    Weight embedding =
        weights.take(
            path + ".embed_tokens.weight",
            Weight.Role.EMBEDDING,
            Shape.of(config.vocabulary(), config.width()));
    String tokens =
        graph.node(path + ".embed_tokens", new Operator.Embedding(graph.weight(embedding)), ids);
    String hidden = layers.add(path + ".embedded", tokens, nextPositions(path, ids));
    for (int i = 0; i < config.decoder().layers(); i++) {
      String layer = path + ".layers." + i;
      String attended = cachedAttention(i, layer + ".self_attn", hidden, ids);
      String informed = crossAttention(i, layer + ".encoder_attn", attended);
      hidden = feedForward(layer, informed, config.decoder());
    }
    String normalized = norm(path + ".layer_norm", hidden);
    graph.node(
        "proj_out",
        new Operator.Linear(head(embedding), Optional.empty(), Optional.empty()),
        List.of(normalized),
        List.of("logits"));
    graph.output(port("logits", symbolic("sequence_length"), fixed(config.vocabulary())));
    return graph.build("whisper", Optional.of(geometry()), specialTokens);
  }

  private DecoderGeometry geometry() {
    int heads = config.decoder().heads();
    return new DecoderGeometry(
        config.decoder().layers(),
        heads,
        heads,
        config.width() / heads,
        config.width(),
        config.vocabulary(),
        config.targetPositions());
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

  /** The vectors of the positions that follow those in the cache: [S, width]. */
  private String nextPositions(String path, String ids) {
    Primitives to = new Primitives(graph);
    graph.input(cachePort("past_key_values.0.key", "past_sequence_length"));
    String past = to.length(path + ".past", "past_key_values.0.key", 2);
    String end = layers.add(path + ".end", past, to.length(path + ".length", ids, 1));
    return to.op(
        "Slice",
        path + ".embed_positions",
        positions(path, config.targetPositions()),
        past,
        end,
        to.integers(0));
  }

  private String selfAttention(String layer, String hidden, WhisperConfig.Stack stack) {
    String path = layer + ".self_attn";
    String normalized = norm(path + "_layer_norm", hidden);
    String mixed =
        graph.node(
            path,
            new Operator.SoftmaxAttention(stack.heads(), config.width() / stack.heads()),
            query(path, normalized),
            key(path, normalized),
            value(path, normalized));
    return projected(path, hidden, mixed);
  }

  /** Self-attention over all tokens so far, of which the last are new. */
  private String cachedAttention(int index, String path, String hidden, String ids) {
    String normalized = norm(path + "_layer_norm", hidden);
    String keys = extended(index, KEY, heads(path + ".key", key(path, normalized)));
    String values = extended(index, VALUE, heads(path + ".value", value(path, normalized)));
    if (!graph.hasValue(MASK)) {
      graph.node(MASK, new Operator.CausalMask(1, 2), ids, keys);
    }
    return projected(
        path,
        hidden,
        graph.node(path, headsAttention(), query(path, normalized), keys, values, MASK));
  }

  private String extended(int index, String what, String latest) {
    String past = "past_key_values.%s.%s".formatted(index, what);
    if (!graph.hasInput(past)) {
      graph.input(cachePort(past, "past_sequence_length"));
    }
    String present = "present.%s.%s".formatted(index, what);
    graph.output(cachePort(present, "total_sequence_length"));
    return layers.concat(present, 2, past, latest);
  }

  /** What the text so far finds in the sound. */
  private String crossAttention(int index, String path, String hidden) {
    String normalized = norm(path + "_layer_norm", hidden);
    String keys = graph.input(memoryPort(index, KEY));
    String values = graph.input(memoryPort(index, VALUE));
    return projected(
        path, hidden, graph.node(path, headsAttention(), query(path, normalized), keys, values));
  }

  private Operator headsAttention() {
    int heads = config.decoder().heads();
    return new Operator.HeadsAttention(heads, config.width() / heads);
  }

  private String query(String path, String input) {
    return layers.adaptable(path + ".q_proj", input, config.width(), config.width());
  }

  /** A bias of the keys would shift all scores of a query alike, which softmax does not see. */
  private String key(String path, String input) {
    return layers.adaptable(path + ".k_proj", input, config.width(), config.width(), false);
  }

  private String value(String path, String input) {
    return layers.adaptable(path + ".v_proj", input, config.width(), config.width());
  }

  /** What attention gives, added to the residual stream. */
  private String projected(String path, String residual, String mixed) {
    String out = layers.adaptable(path + ".out_proj", mixed, config.width(), config.width());
    return layers.add(path + ".residual", residual, out);
  }

  /** [B, S, width] to [B, heads, S, head width]. */
  private String heads(String name, String value) {
    int heads = config.decoder().heads();
    String split = layers.reshape(name + ".split", value, 0, 0, heads, config.width() / heads);
    return layers.transpose(name, split, 0L, 2L, 1L, 3L);
  }

  private String feedForward(String layer, String hidden, WhisperConfig.Stack stack) {
    String normalized = norm(layer + ".final_layer_norm", hidden);
    String wide =
        layers.adaptable(layer + ".fc1", normalized, config.width(), stack.feedForwardWidth());
    String active = gelu(layer + ".activation_fn", wide);
    String narrow =
        layers.adaptable(layer + ".fc2", active, stack.feedForwardWidth(), config.width());
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

  private static String memoryValue(int layer, String what) {
    return "%s%s.%s".formatted(Model.MEMORY_VALUES, layer, what);
  }

  private Port memoryPort(int layer, String what) {
    return headsPort(memoryValue(layer, what), fixed(config.sourcePositions()));
  }

  private Port cachePort(String name, String length) {
    return headsPort(name, symbolic(length));
  }

  private Port headsPort(String name, Port.Dim length) {
    int heads = config.decoder().heads();
    return new Port(
        name,
        ElementType.FLOAT32,
        List.of(symbolic("batch_size"), fixed(heads), length, fixed(config.width() / heads)));
  }
}
