package org.m4fw.graph.importer;

import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Weight;

/**
 * The text encoder of VITS: post-normalized layers of attention and convolutions. Where a token is
 * it learns only from its distance to those nearby, which has a vector for the keys and one for the
 * values (Shaw et al., "Self-Attention with Relative Position Representations", 2018).
 */
final class VitsTextEncoder {
  private static final String PATH = "text_encoder";

  private final VitsConfig config;
  private final Layers layers;
  private final Primitives to;
  private final Presence tokens;
  private final int headWidth;
  private final int distances;

  VitsTextEncoder(VitsConfig config, Layers layers, Presence tokens) {
    this.config = config;
    this.layers = layers;
    this.tokens = tokens;
    this.to = new Primitives(layers.graph());
    this.headWidth = config.width() / config.heads();
    this.distances = 2 * config.window() + 1;
  }

  /** Tokens [B, S] to what they mean in their text [B, S, width]. */
  String encode(String ids) {
    String embedded =
        layers.embedding(PATH + ".embed_tokens", ids, config.vocabulary(), config.width());
    String hidden =
        layers.multiply(PATH + ".embedded", embedded, to.real(Math.sqrt(config.width())));
    String near = near(ids);
    for (int i = 0; i < config.layers(); i++) {
      hidden = layer(PATH + ".encoder.layers." + i, hidden, near);
    }
    return hidden;
  }

  /**
   * Which position lies at which distance: [S, distances, S] with 1 where the third index is the
   * first plus the distance, which runs from −window to window.
   */
  private String near(String ids) {
    String name = PATH + ".near";
    String length =
        to.op("Squeeze", name + ".length", to.length(name + ".shape", ids, 1), to.integers(0));
    String positions = to.op("Range", name + ".positions", to.scalar(0), length, to.scalar(1));
    String rows = to.op("Unsqueeze", name + ".rows", positions, to.integers(1, 2));
    long[] offsets = new long[distances];
    for (int i = 0; i < distances; i++) {
      offsets[i] = (long) i - config.window();
    }
    String column = to.unsqueeze(name + ".offsets", to.integers(offsets), 1);
    String targets = to.op("Add", name + ".targets", rows, column);
    return to.cast(name, to.op("Equal", name + ".hits", targets, positions), ElementType.FLOAT32);
  }

  private String layer(String path, String hidden, String near) {
    String attended = attention(path + ".attention", hidden, near);
    String sum = layers.add(path + ".attention.residual", hidden, attended);
    String normalized = layers.layerNorm(path + ".layer_norm", sum, config.width(), epsilon());
    String fed = feedForward(path + ".feed_forward", normalized);
    String residual = layers.add(path + ".feed_forward.residual", normalized, fed);
    return layers.layerNorm(path + ".final_layer_norm", residual, config.width(), epsilon());
  }

  private double epsilon() {
    return config.epsilon();
  }

  private String attention(String path, String input, String near) {
    String query =
        layers.multiply(
            path + ".query.scaled",
            projection(path, "q_proj", input),
            to.real(1 / Math.sqrt(headWidth)));
    String queries = heads(path + ".query", query, 0L, 2L, 1L, 3L);
    String keys = heads(path + ".key", projection(path, "k_proj", input), 0L, 2L, 3L, 1L);
    String values = heads(path + ".value", projection(path, "v_proj", input), 0L, 2L, 1L, 3L);
    String scores = to.op("MatMul", path + ".scores", queries, keys);
    String all = layers.add(path + ".scores.all", scores, nearScores(path, queries, near));
    String seen = tokens.seen(path + ".scores.masked", all);
    String shares = to.softmax(path + ".shares", seen, -1);
    String mixed = to.op("MatMul", path + ".mixed", shares, values);
    String sum = layers.add(path + ".mixed.all", mixed, nearValues(path, shares, near));
    String sequence = layers.transpose(path + ".sequence", sum, 0L, 2L, 1L, 3L);
    return projection(
        path, "out_proj", layers.reshape(path + ".merged", sequence, 0, 0, config.width()));
  }

  private String projection(String path, String name, String input) {
    int width = config.width();
    return layers.linear(path + "." + name, input, width, width, config.attentionBias());
  }

  private String heads(String name, String value, Long... permutation) {
    String split = layers.reshape(name + ".split", value, 0, 0, config.heads(), headWidth);
    return layers.transpose(name + ".heads", split, permutation);
  }

  /** Each query times the vector of each distance, brought to the positions: [B, heads, S, S]. */
  private String nearScores(String path, String queries, String near) {
    String vectors =
        layers.transpose(
            path + ".emb_rel_k.transposed", distanceVectors(path + ".emb_rel_k"), 0L, 2L, 1L);
    String name = path + ".near_scores";
    String byDistance = to.op("MatMul", name + ".by_distance", queries, vectors);
    String rows = to.unsqueeze(name + ".rows", byDistance, 3);
    return to.squeeze(name, to.op("MatMul", name + ".by_position", rows, near), 3);
  }

  /** The shares that fall on each distance times its vector: [B, heads, S, head width]. */
  private String nearValues(String path, String shares, String near) {
    String name = path + ".near_values";
    String rows = to.unsqueeze(name + ".rows", shares, 3);
    String distances = layers.transpose(name + ".distances", near, 0L, 2L, 1L);
    String byDistance = to.op("MatMul", name + ".by_distance", rows, distances);
    return to.op(
        "MatMul",
        name,
        to.squeeze(name + ".shares", byDistance, 3),
        distanceVectors(path + ".emb_rel_v"));
  }

  private String distanceVectors(String name) {
    return layers.weight(name, Weight.Role.PARAMETER, 1, distances, headWidth);
  }

  private String feedForward(String path, String input) {
    String channels = layers.transpose(path + ".channels", input, 0L, 2L, 1L);
    String wide =
        same(path + ".conv_1", tokens.only(channels), config.width(), config.feedForwardWidth());
    String active = to.op("Relu", path + ".active", wide);
    String narrow =
        same(path + ".conv_2", tokens.only(active), config.feedForwardWidth(), config.width());
    return layers.transpose(path + ".sequence", narrow, 0L, 2L, 1L);
  }

  /** A convolution that keeps the length; a kernel of even size looks one further ahead. */
  private String same(String path, String input, int in, int out) {
    long kernel = config.feedForwardKernel();
    Convolution convolution = Convolution.of(path, in, out, kernel);
    return kernel % 2 != 0
        ? layers.convolution(convolution.padded(kernel / 2), input)
        : layers.convolution(
            convolution, to.padded(path + ".padded", input, (kernel - 1) / 2, kernel / 2));
  }
}
