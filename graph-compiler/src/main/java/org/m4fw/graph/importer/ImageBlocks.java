package org.m4fw.graph.importer;

import static org.m4fw.graph.importer.Convolution.square;

import java.util.Map;
import java.util.Optional;
import org.m4fw.graph.ir.Operator;
import org.m4fw.graph.ir.Operator.Attribute;

/**
 * The blocks that the denoiser and the autoencoder of a latent diffusion model share, over images
 * [B, channels, height, width]. Source: Ho et al., "Denoising Diffusion Probabilistic Models"
 * (2020); tensor names are those of diffusers.
 *
 * @param groups of the group norms
 * @param epsilon of the group norms
 */
record ImageBlocks(Layers layers, int groups, double epsilon) {

  private static final Operator NEAREST =
      Operator.Primitive.of(
          "",
          "Resize",
          Map.of(
              "mode", new Attribute.Text("nearest"),
              "coordinate_transformation_mode", new Attribute.Text("asymmetric"),
              "nearest_mode", new Attribute.Text("floor")));

  /**
   * What a residual block knows of the step.
   *
   * @param value [B or 1, width], after its activation
   */
  record Time(String value, int width) {}

  /** x + convolutions(x); what the step says is added between the two convolutions. */
  String residual(String path, String input, int in, int out, Optional<Time> time) {
    String hidden = normalized(path + ".norm1", path + ".nonlinearity1", input, in);
    hidden = layers.convolution(square(path + ".conv1", in, out, 3).padded(1L, 1L), hidden);
    if (time.isPresent()) {
      String shift =
          layers.adaptable(path + ".time_emb_proj", time.get().value(), time.get().width(), out);
      String pixels = layers.reshape(path + ".time_emb_proj.pixels", shift, 0, out, 1, 1);
      hidden = layers.add(path + ".timed", hidden, pixels);
    }
    hidden = normalized(path + ".norm2", path + ".nonlinearity2", hidden, out);
    hidden = layers.convolution(square(path + ".conv2", out, out, 3).padded(1L, 1L), hidden);
    String shortcut =
        in == out ? input : layers.convolution(square(path + ".conv_shortcut", in, out, 1), input);
    return layers.add(path, shortcut, hidden);
  }

  /** Group norm and SiLU. */
  String normalized(String path, String active, String input, int channels) {
    return layers.silu(active, layers.groupNorm(path, input, groups, channels, epsilon));
  }

  /**
   * x + attention over all pixels. Files of 2022 call the projections {@code query}, {@code key},
   * {@code value} and {@code proj_attn}.
   */
  String attention(String path, String input, int channels, int heads) {
    boolean old = layers.weights().has(path + ".query.weight");
    String norm = layers.groupNorm(path + ".group_norm", input, groups, channels, epsilon);
    String pixels = toSequence(path + ".pixels", norm, channels);
    String query = project(path + (old ? ".query" : ".to_q"), pixels, channels);
    String key = project(path + (old ? ".key" : ".to_k"), pixels, channels);
    String value = project(path + (old ? ".value" : ".to_v"), pixels, channels);
    String mixed =
        layers
            .graph()
            .node(
                path + ".mixed",
                new Operator.SoftmaxAttention(heads, channels / heads),
                query,
                key,
                value);
    String projected = project(path + (old ? ".proj_attn" : ".to_out.0"), mixed, channels);
    return layers.add(path, toImage(path + ".image", projected, input), input);
  }

  private String project(String path, String input, int channels) {
    return layers.linear(path, input, channels, channels);
  }

  /** [B, channels, height, width] to [B, height·width, channels]. */
  String toSequence(String name, String image, int channels) {
    return layers.transpose(
        name, layers.reshape(name + ".flat", image, 0, channels, -1), 0L, 2L, 1L);
  }

  /** Back to the shape of an image with as many channels. */
  String toImage(String name, String sequence, String like) {
    String shape = layers.graph().node(name + ".shape", Operator.Primitive.of("Shape"), like);
    String flat = layers.transpose(name + ".flat", sequence, 0L, 2L, 1L);
    return layers.graph().node(name, Operator.Primitive.of("Reshape"), flat, shape);
  }

  /**
   * Half the height and width.
   *
   * @param padding zeros on all sides; 0 for one row and column of them at the end
   */
  String downsample(String path, String input, int channels, long padding) {
    Convolution convolution = square(path + ".conv", channels, channels, 3).strided(2L, 2L);
    return layers.convolution(
        padding == 0 ? convolution.paddedAtEnd(1L, 1L) : convolution.padded(padding, padding),
        input);
  }

  /** Twice the height and width: every pixel four times, then a convolution. */
  String upsample(String path, String input, int channels) {
    String doubled =
        layers.multiply(
            path + ".sizes.doubled", shape(path + ".sizes.pixels", input, 2, 4), layers.ints(2, 2));
    return resized(path, input, doubled, channels);
  }

  /** The height and width of another image. */
  String upsampleTo(String path, String input, String like, int channels) {
    return resized(path, input, shape(path + ".sizes.pixels", like, 2, 4), channels);
  }

  private String resized(String path, String input, String pixels, int channels) {
    String sizes =
        layers.concat(path + ".sizes", 0, shape(path + ".sizes.outer", input, 0, 2), pixels);
    String resized = layers.graph().node(path + ".resized", NEAREST, input, "", "", sizes);
    return layers.convolution(
        square(path + ".conv", channels, channels, 3).padded(1L, 1L), resized);
  }

  /** The sizes of some axes. */
  private String shape(String name, String image, long start, long end) {
    Operator operator =
        Operator.Primitive.of(
            "", "Shape", Map.of("start", new Attribute.Int(start), "end", new Attribute.Int(end)));
    return layers.graph().node(name, operator, image);
  }
}
