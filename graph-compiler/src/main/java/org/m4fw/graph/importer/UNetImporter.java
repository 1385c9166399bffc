package org.m4fw.graph.importer;

import static org.m4fw.graph.importer.Convolution.square;
import static org.m4fw.graph.ir.Port.fixed;
import static org.m4fw.graph.ir.Port.symbolic;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.m4fw.checkpoint.Shape;
import org.m4fw.graph.importer.UNetConfig.Level;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.GraphBuilder;
import org.m4fw.graph.ir.Literal;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Operator;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.ir.SpecialTokens;

/**
 * One step of the denoiser of a latent diffusion model: levels of residual blocks down to coarse
 * images and up again, with what the way down saw handed across, and attention to the text.
 * Sources: Rombach et al., "High-Resolution Image Synthesis with Latent Diffusion Models" (2022);
 * tensor names are those of diffusers.
 *
 * <p>Inputs: {@code sample} [B, in, H, W], {@code timestep} [1 or B], integers, and {@code
 * encoder_hidden_states} [B, T, context width]. Output: {@code out_sample} [B, out, H, W], the
 * noise.
 */
final class UNetImporter {
  private final UNetConfig config;
  private final CheckpointWeights weights;
  private final GraphBuilder graph = new GraphBuilder();
  private final Layers layers;
  private final ImageBlocks blocks;
  private final TextTransformer transformer;
  private final Deque<Image> skips = new ArrayDeque<>();

  /** A value [B, channels, height, width]. */
  private record Image(String value, int channels) {}

  private UNetImporter(UNetConfig config, CheckpointWeights weights) {
    this.config = config;
    this.weights = weights;
    this.layers = new Layers(graph, weights);
    this.blocks = new ImageBlocks(layers, config.groups(), config.epsilon());
    this.transformer = new TextTransformer(config, layers, blocks, "encoder_hidden_states");
  }

  static Model build(UNetConfig config, CheckpointWeights weights) {
    return new UNetImporter(config, weights).build();
  }

  private Model build() {
    String sample = graph.input(images("sample", config.in()));
    String timestep =
        graph.input(new Port("timestep", ElementType.INT64, List.of(symbolic("timesteps"))));
    graph.input(
        new Port(
            "encoder_hidden_states",
            ElementType.FLOAT32,
            List.of(
                symbolic("batch_size"), symbolic("context_length"), fixed(config.contextWidth()))));
    Optional<ImageBlocks.Time> time = Optional.of(time(timestep));
    int finest = config.down().getFirst().channels();
    Image image =
        new Image(
            layers.convolution(
                square("conv_in", config.in(), finest, 3).padded(1L, 1L), centered(sample)),
            finest);
    skips.push(image);
    for (int level = 0; level < config.down().size(); level++) {
      image = down(level, image, time);
    }
    image = middle(image, time);
    for (int level = 0; level < config.up().size(); level++) {
      image = up(level, image, time);
    }
    String active = blocks.normalized("conv_norm_out", "conv_act", image.value(), image.channels());
    String noise =
        layers.convolution(
            square("conv_out", image.channels(), config.out(), 3).padded(1L, 1L), active);
    graph.node("out_sample", Operator.Primitive.of("Identity"), noise);
    graph.output(images("out_sample", config.out()));
    weights.checkComplete();
    return Model.of(
        "unet", graph.build("UNet2DConditionModel", Optional.empty(), SpecialTokens.none()));
  }

  private static Port images(String name, int channels) {
    return new Port(
        name,
        ElementType.FLOAT32,
        List.of(symbolic("batch_size"), fixed(channels), symbolic("height"), symbolic("width")));
  }

  /** 0 to 1 becomes −1 to 1, where the model was trained so. */
  private String centered(String sample) {
    if (!config.centered()) {
      return sample;
    }
    String two = graph.literal("const.two", Literal.real(ElementType.FLOAT32, Shape.of(), 2));
    String one = graph.literal("const.one", Literal.real(ElementType.FLOAT32, Shape.of(), 1));
    String doubled = layers.multiply("sample.doubled", sample, two);
    return graph.node("sample.centered", Operator.Primitive.of("Sub"), doubled, one);
  }

  private ImageBlocks.Time time(String timestep) {
    int waves = config.down().getFirst().channels();
    int width = config.timeWidth();
    String embedded =
        graph.node(
            "time_proj",
            new Operator.TimestepEmbedding(waves, config.cosineFirst(), config.frequencyShift()),
            timestep);
    String hidden = layers.linear("time_embedding.linear_1", embedded, waves, width);
    String active = layers.silu("time_embedding.act", hidden);
    String time = layers.linear("time_embedding.linear_2", active, width, width);
    return new ImageBlocks.Time(layers.silu("time_embedding.nonlinearity", time), width);
  }

  private Image down(int index, Image input, Optional<ImageBlocks.Time> time) {
    String path = "down_blocks." + index;
    Level level = config.down().get(index);
    Image image = input;
    for (int i = 0; i < config.layersPerBlock(); i++) {
      image = layer(path, i, image, level, time);
      skips.push(image);
    }
    if (index < config.down().size() - 1) {
      image =
          new Image(
              blocks.downsample(
                  path + ".downsamplers.0",
                  image.value(),
                  level.channels(),
                  config.downsamplePadding()),
              level.channels());
      skips.push(image);
    }
    return image;
  }

  private Image middle(Image image, Optional<ImageBlocks.Time> time) {
    int channels = image.channels();
    String first = blocks.residual("mid_block.resnets.0", image.value(), channels, channels, time);
    String attended =
        transformer.build("mid_block.attentions.0", first, channels, config.midHeads());
    return new Image(
        blocks.residual("mid_block.resnets.1", attended, channels, channels, time), channels);
  }

  private Image up(int index, Image input, Optional<ImageBlocks.Time> time) {
    String path = "up_blocks." + index;
    Level level = config.up().get(index);
    Image image = input;
    for (int i = 0; i <= config.layersPerBlock(); i++) {
      Image skip = skips.pop();
      String joined = layers.concat(path + ".joined." + i, 1, image.value(), skip.value());
      image = layer(path, i, new Image(joined, image.channels() + skip.channels()), level, time);
    }
    if (index == config.up().size() - 1) {
      return image;
    }
    // To the size of what comes across next: half of an odd size, doubled, is one too many.
    String like = skips.getFirst().value();
    return new Image(
        blocks.upsampleTo(path + ".upsamplers.0", image.value(), like, level.channels()),
        level.channels());
  }

  private Image layer(
      String path, int index, Image input, Level level, Optional<ImageBlocks.Time> time) {
    String value =
        blocks.residual(
            path + ".resnets." + index, input.value(), input.channels(), level.channels(), time);
    if (level.attends()) {
      value =
          transformer.build(path + ".attentions." + index, value, level.channels(), level.heads());
    }
    return new Image(value, level.channels());
  }
}
