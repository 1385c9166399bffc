package org.m4fw.graph.importer;

import static org.m4fw.graph.ir.Port.fixed;
import static org.m4fw.graph.ir.Port.symbolic;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.GraphBuilder;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.ir.SpecialTokens;

/**
 * HiFi-GAN by itself, in the names of the original, which fairseq keeps. The part {@code vocoder}
 * takes {@code mel} [B, frames, mel bins] and gives {@code waveform} [B, samples] between −1 and 1.
 * Its configuration is {@code hifigan.json} or {@code config.json}; without one it is the
 * original's V1.
 */
final class HifiGanImporter {
  /** The slope of the original's rectifiers, a constant there. */
  private static final double SLOPE = 0.1;

  private static final int MAX = 1 << 16;

  private HifiGanImporter() {}

  /** Whether among these are the names of such a checkpoint's tensors. */
  static boolean recognizes(Set<String> tensors) {
    return tensors.contains("conv_pre.bias")
        && tensors.contains("ups.0.bias")
        && tensors.contains("conv_post.bias");
  }

  static Model build(Checkpoint checkpoint, CheckpointWeights weights) {
    Fields config = config(checkpoint);
    int melBins = count(config, "model_in_dim", count(config, "num_mels", 80));
    Model model = Model.of("vocoder", vocoder(checkpoint, weights, melBins));
    weights.checkComplete();
    return model;
  }

  /**
   * The graph.
   *
   * @param melBins of the frames that it is given
   */
  static Graph vocoder(Checkpoint checkpoint, CheckpointWeights weights, int melBins) {
    HifiGan.Shape shape = shape(config(checkpoint), melBins);
    GraphBuilder graph = new GraphBuilder();
    Layers layers = new Layers(graph, weights);
    String mel =
        graph.input(
            new Port(
                "mel",
                ElementType.FLOAT32,
                List.of(symbolic("batch_size"), symbolic("frames"), fixed(melBins))));
    String frames = layers.transpose("mel.channels", mel, 0L, 2L, 1L);
    String samples = new HifiGan(layers, HifiGan.Names.ORIGINAL, shape).samples(frames);
    new Primitives(graph).squeeze("waveform", samples, 1);
    graph.output(
        new Port(
            "waveform", ElementType.FLOAT32, List.of(symbolic("batch_size"), symbolic("samples"))));
    return graph.build("hifigan", Optional.empty(), SpecialTokens.none());
  }

  private static Fields config(Checkpoint checkpoint) {
    return checkpoint
        .file("hifigan.json")
        .map(StrictJson::readObject)
        .or(checkpoint::config)
        .orElseGet(
            () ->
                Fields.of(
                    checkpoint.directory().toString(),
                    CanonicalJson.node(Map.<String, Object>of())));
  }

  private static HifiGan.Shape shape(Fields config, int melBins) {
    Supported.word(config, "resblock", "1");
    List<List<Integer>> dilations =
        config.has("resblock_dilation_sizes")
            ? config.integerLists("resblock_dilation_sizes", 1, MAX)
            : List.of(List.of(1, 3, 5), List.of(1, 3, 5), List.of(1, 3, 5));
    int wanted = count(config, "model_in_dim", melBins);
    if (wanted != melBins) {
      throw ImportError.INCONSISTENT.at(
          config.file(), "model_in_dim", wanted, "%s, as the frames have".formatted(melBins));
    }
    return HifiGan.Shape.checked(
        config.file(),
        melBins,
        count(config, "upsample_initial_channel", 512),
        integers(config, "upsample_rates", 8, 8, 2, 2),
        integers(config, "upsample_kernel_sizes", 16, 16, 4, 4),
        integers(config, "resblock_kernel_sizes", 3, 7, 11),
        dilations,
        SLOPE);
  }

  private static int count(Fields config, String name, int otherwise) {
    return Math.toIntExact(config.optionalInteger(name, 1, MAX).orElse(otherwise));
  }

  private static List<Integer> integers(Fields config, String name, int... otherwise) {
    List<Integer> found = new ArrayList<>();
    if (config.has(name)) {
      for (long value : config.integers(name, 1, MAX)) {
        found.add(Math.toIntExact(value));
      }
    } else {
      Arrays.stream(otherwise).forEach(found::add);
    }
    return found;
  }
}
