package org.m4fw.graph.importer;

import static org.m4fw.graph.importer.Convolution.square;
import static org.m4fw.graph.ir.Port.fixed;
import static org.m4fw.graph.ir.Port.symbolic;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.GraphBuilder;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Operator;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.ir.SpecialTokens;

/**
 * The autoencoder of a latent diffusion model, in two parts that run apart from each other. Source:
 * Rombach et al., "High-Resolution Image Synthesis with Latent Diffusion Models" (2022), appendix
 * G; tensor names are those of diffusers.
 *
 * <p>{@code encode}: {@code in_image} [B, in, H, W], −1 to 1, to {@code latent_mean} [B, latents,
 * H/f, W/f], where f doubles with each level after the first. {@code decode}: {@code latent} to
 * {@code image}. Latents are those of the autoencoder; the denoiser's are {@code scaling_factor}
 * times as large.
 */
final class AutoencoderImporter {
  static final String ENCODE = "encode";
  static final String DECODE = "decode";
  private static final double EPSILON = 1e-6;

  private final AutoencoderConfig config;
  private final Layers layers;
  private final ImageBlocks blocks;

  private AutoencoderImporter(AutoencoderConfig config, CheckpointWeights weights) {
    this.config = config;
    this.layers = new Layers(new GraphBuilder(), weights);
    this.blocks = new ImageBlocks(layers, config.groups(), EPSILON);
  }

  static Model build(AutoencoderConfig config, CheckpointWeights weights) {
    SequencedMap<String, Graph> parts = new LinkedHashMap<>();
    parts.put(ENCODE, new AutoencoderImporter(config, weights).encoder());
    parts.put(DECODE, new AutoencoderImporter(config, weights).decoder());
    weights.checkComplete();
    return new Model("AutoencoderKL", parts);
  }

  private Graph encoder() {
    String input =
        layers.graph().input(images("in_image", config.in(), "image_height", "image_width"));
    int channels = config.channels().getFirst();
    String hidden = convolution("encoder.conv_in", input, config.in(), channels, 3);
    int last = config.channels().size() - 1;
    for (int level = 0; level <= last; level++) {
      String path = "encoder.down_blocks." + level;
      int out = config.channels().get(level);
      hidden = residuals(path, hidden, channels, out, config.layersPerBlock());
      if (level < last) {
        hidden = blocks.downsample(path + ".downsamplers.0", hidden, out, 0);
      }
      channels = out;
    }
    hidden = middle("encoder.mid_block", hidden, channels);
    String moments = end("encoder", hidden, channels, 2 * config.latents());
    if (config.convolvesMoments()) {
      moments = convolution("quant_conv", moments, 2 * config.latents(), 2 * config.latents(), 1);
    }
    // Mean and logarithm of the variance; the mean is what sampling without noise gives.
    layers
        .graph()
        .node(
            "latent_mean.moments",
            Operator.Primitive.of("", "Split", Map.of("axis", new Operator.Attribute.Int(1))),
            List.of(moments, layers.ints(config.latents(), config.latents())),
            List.of("latent_mean", "latent_log_variance"));
    return build(images("latent_mean", config.latents(), "latent_height", "latent_width"));
  }

  private Graph decoder() {
    String hidden =
        layers.graph().input(images("latent", config.latents(), "latent_height", "latent_width"));
    if (config.convolvesLatents()) {
      hidden = convolution("post_quant_conv", hidden, config.latents(), config.latents(), 1);
    }
    List<Integer> widths = config.channels().reversed();
    int channels = widths.getFirst();
    hidden = convolution("decoder.conv_in", hidden, config.latents(), channels, 3);
    hidden = middle("decoder.mid_block", hidden, channels);
    int last = widths.size() - 1;
    for (int level = 0; level <= last; level++) {
      String path = "decoder.up_blocks." + level;
      int out = widths.get(level);
      hidden = residuals(path, hidden, channels, out, config.layersPerBlock() + 1);
      if (level < last) {
        hidden = blocks.upsample(path + ".upsamplers.0", hidden, out);
      }
      channels = out;
    }
    String image = end("decoder", hidden, channels, config.out());
    layers.graph().node("image", Operator.Primitive.of("Identity"), image);
    return build(images("image", config.out(), "image_height", "image_width"));
  }

  private Graph build(Port output) {
    layers.graph().output(output);
    return layers.graph().build("AutoencoderKL", Optional.empty(), SpecialTokens.none());
  }

  private String residuals(String path, String input, int in, int out, int count) {
    String hidden = input;
    for (int i = 0; i < count; i++) {
      hidden =
          blocks.residual(path + ".resnets." + i, hidden, i == 0 ? in : out, out, Optional.empty());
    }
    return hidden;
  }

  private String middle(String path, String input, int channels) {
    String hidden =
        blocks.residual(path + ".resnets.0", input, channels, channels, Optional.empty());
    if (config.attends()) {
      hidden = blocks.attention(path + ".attentions.0", hidden, channels, 1);
    }
    return blocks.residual(path + ".resnets.1", hidden, channels, channels, Optional.empty());
  }

  private String end(String path, String input, int channels, int out) {
    String active = blocks.normalized(path + ".conv_norm_out", path + ".conv_act", input, channels);
    return convolution(path + ".conv_out", active, channels, out, 3);
  }

  private String convolution(String path, String input, int in, int out, long kernel) {
    return layers.convolution(square(path, in, out, kernel).padded(kernel / 2, kernel / 2), input);
  }

  private static Port images(String name, int channels, String height, String width) {
    return new Port(
        name,
        ElementType.FLOAT32,
        List.of(symbolic("batch_size"), fixed(channels), symbolic(height), symbolic(width)));
  }
}
