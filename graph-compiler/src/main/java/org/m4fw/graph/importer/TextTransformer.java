package org.m4fw.graph.importer;

import java.util.List;
import java.util.Map;
import org.m4fw.graph.ir.GraphBuilder;
import org.m4fw.graph.ir.Operator;

/**
 * The transformer of a conditional denoiser: every pixel attends to all pixels, then to the text,
 * then goes through a gated feed-forward network.
 *
 * @param context the text, [B, T, context width]
 */
record TextTransformer(UNetConfig config, Layers layers, ImageBlocks blocks, String context) {
  /** Of the group norm in front; not that of the configuration, which is the residual blocks'. */
  private static final double GROUP_EPSILON = 1e-6;

  private static final double LAYER_EPSILON = 1e-5;
  private static final Operator LAST_AXIS_SPLIT =
      Operator.Primitive.of("", "Split", Map.of("axis", new Operator.Attribute.Int(-1)));

  /** An image to one of the same shape. */
  String build(String path, String image, int channels, int heads) {
    String norm = layers.groupNorm(path + ".norm", image, config.groups(), channels, GROUP_EPSILON);
    String in = path + ".proj_in";
    String sequence = blocks.toSequence(path + ".pixels", norm, channels);
    String hidden =
        config.linearProjection()
            ? layers.adaptable(in, sequence, channels, channels)
            : layers.adaptablePixels(in, sequence, channels, channels);
    for (int i = 0; i < config.transformerLayers(); i++) {
      hidden = layer(path + ".transformer_blocks." + i, hidden, channels, heads);
    }
    String out = path + ".proj_out";
    String pixels =
        config.linearProjection()
            ? layers.adaptable(out, hidden, channels, channels)
            : layers.adaptablePixels(out, hidden, channels, channels);
    return layers.add(path, blocks.toImage(path + ".image", pixels, image), image);
  }

  private String layer(String path, String hidden, int channels, int heads) {
    String self = norm(path + ".norm1", hidden, channels);
    String seen =
        layers.add(
            path + ".self",
            hidden,
            attention(path + ".attn1", self, self, channels, channels, heads));
    String asked = norm(path + ".norm2", seen, channels);
    String told =
        layers.add(
            path + ".cross",
            seen,
            attention(path + ".attn2", asked, context, channels, config.contextWidth(), heads));
    return layers.add(
        path, told, feedForward(path + ".ff.net", norm(path + ".norm3", told, channels), channels));
  }

  private String attention(
      String path, String queries, String source, int channels, int sourceWidth, int heads) {
    String query = layers.adaptable(path + ".to_q", queries, channels, channels, false);
    String key = layers.adaptable(path + ".to_k", source, sourceWidth, channels, false);
    String value = layers.adaptable(path + ".to_v", source, sourceWidth, channels, false);
    Operator operator = new Operator.SoftmaxAttention(heads, channels / heads);
    String mixed = layers.graph().node(path, operator, query, key, value);
    return layers.adaptable(path + ".to_out.0", mixed, channels, channels);
  }

  /** A linear layer times the GELU of another, both in one matrix. */
  private String feedForward(String path, String input, int channels) {
    GraphBuilder graph = layers.graph();
    int inner = 4 * channels;
    String both = layers.adaptable(path + ".0.proj", input, channels, 2 * inner);
    String sizes = layers.ints(inner, inner);
    List<String> halves =
        graph.node(
            path + ".0.halves",
            LAST_AXIS_SPLIT,
            List.of(both, sizes),
            List.of(path + ".0.value", path + ".0.gate"));
    String gate =
        graph.node(path + ".0.gelu", new Operator.Gelu(Operator.Gelu.Kind.ERF), halves.get(1));
    String gated = layers.multiply(path + ".0", halves.get(0), gate);
    return layers.adaptable(path + ".2", gated, inner, channels);
  }

  private String norm(String path, String input, int channels) {
    return layers.layerNorm(path, input, channels, LAYER_EPSILON);
  }
}
