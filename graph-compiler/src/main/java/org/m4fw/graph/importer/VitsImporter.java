package org.m4fw.graph.importer;

import static org.m4fw.graph.ir.Port.symbolic;

import java.util.List;
import java.util.Optional;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.GraphBuilder;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.ir.SpecialTokens;

/**
 * VITS: text to speech in one graph. A text encoder says what each token should sound like and how
 * long; stretched to frames, that goes backwards through a flow and then through a vocoder. Source:
 * Kim et al., "Conditional Variational Autoencoder with Adversarial Learning for End-to-End
 * Text-to-Speech" (2021); tensor names are those of transformers.
 *
 * <p>The graph takes {@code input_ids} [B, S] without padding, where there are several voices
 * {@code speaker_id} [B], and gives {@code waveform} [B, samples], between −1 and 1; the shorter
 * texts of a batch end in silence that is not quite 0.
 *
 * <p>It is deterministic: see {@link VitsConfig} on noise. Tensors that only training uses are left
 * out: {@code posterior_encoder}, {@code duration_predictor.post_…} and {@code
 * duration_predictor.flows.1}. For devices that want all sizes fixed there are {@link VitsStages}.
 */
final class VitsImporter {
  private final VitsConfig config;
  private final CheckpointWeights weights;
  private final GraphBuilder graph = new GraphBuilder();
  private final Layers layers;
  private final Primitives to = new Primitives(graph);

  VitsImporter(VitsConfig config, CheckpointWeights weights) {
    this.config = config;
    this.weights = weights;
    this.layers = new Layers(graph, weights);
  }

  static Model build(VitsConfig config, CheckpointWeights weights) {
    Graph synthesizer = new VitsImporter(config, weights).build();
    return Model.of("synthesizer", synthesizer)
        .leavingOut(weights.leftOut())
        .withStages(Optional.of(VitsStages.build(config, weights.again())));
  }

  private Graph build() {
    String ids =
        graph.input(
            new Port(
                "input_ids",
                ElementType.INT64,
                List.of(symbolic("batch_size"), symbolic("sequence_length"))));
    Presence tokens = Presence.everywhere(layers);
    String text = text("text_encoder.hidden", ids, tokens);
    Optional<Voice> voice = voice();
    LengthRegulator.Frames frames =
        new LengthRegulator(to, "frames").frames(durations(ids, text, voice, tokens));
    speech(priorMeans("text_encoder.means", text), frames, voice, Presence.everywhere(layers));
    dropTrainingOnly(weights, config);
    weights.checkComplete();
    return graph();
  }

  GraphBuilder builder() {
    return graph;
  }

  Layers layers() {
    return layers;
  }

  /** What was built. */
  Graph graph() {
    return graph.build("vits", Optional.empty(), SpecialTokens.none());
  }

  /** Tokens [B, S] to what they mean in their text, [B, width, S]. */
  String text(String name, String ids, Presence tokens) {
    return layers.transpose(
        name, new VitsTextEncoder(config, layers, tokens).encode(ids), 0L, 2L, 1L);
  }

  /**
   * From what each token should sound like to the output.
   *
   * @param means [B, flow width, S]
   * @param there frames, where there may be room for more
   */
  void speech(String means, LengthRegulator.Frames frames, Optional<Voice> voice, Presence there) {
    String prior = to.op("MatMul", "frames.prior", means, frames.tokens());
    String latents = new CouplingFlow(config, layers, frames.mask(), voice).inverse(prior);
    String spectrogram = layers.multiply("spectrogram", latents, frames.mask());
    String samples =
        new HifiGan(layers, HifiGan.Names.TRANSFORMERS_VITS, config.vocoder())
            .samples(spectrogram, voice, there);
    to.squeeze("waveform", samples, 1);
    graph.output(
        new Port(
            "waveform", ElementType.FLOAT32, List.of(symbolic("batch_size"), symbolic("samples"))));
  }

  /** Who speaks, where there are several: an input. */
  Optional<Voice> voice() {
    return config.speakers().map(this::voice);
  }

  private Voice voice(VitsConfig.Speakers speakers) {
    String id =
        graph.input(new Port("speaker_id", ElementType.INT64, List.of(symbolic("batch_size"))));
    String column = to.unsqueeze("speaker.column", id, 1);
    String row = layers.embedding("embed_speaker", column, speakers.count(), speakers.width());
    return new Voice(layers, layers.transpose("speaker", row, 0L, 2L, 1L), speakers.width());
  }

  /** Whole numbers of frames, [B, 1, S]. */
  String durations(String ids, String text, Optional<Voice> voice, Presence tokens) {
    String logarithms = new DurationPredictor(config, layers, voice, tokens).predict(ids, text);
    String exact = to.op("Exp", "durations.exact", logarithms);
    String paced = to.op("Mul", "durations.paced", exact, to.real(1 / config.speakingRate()));
    return to.op("Ceil", "durations", paced);
  }

  /** The first half of what the encoder says about the latents; the second scales noise. */
  String priorMeans(String name, String text) {
    String statistics =
        layers.convolution(
            Convolution.of("text_encoder.project", config.width(), 2 * config.flowWidth(), 1L),
            text);
    return to.slice(name, statistics, 1, 0, config.flowWidth());
  }

  static void dropTrainingOnly(CheckpointWeights weights, VitsConfig config) {
    weights.dropAll("posterior_encoder.");
    if (config.duration() instanceof VitsConfig.Duration.Stochastic) {
      weights.dropAll("duration_predictor.post_");
      weights.dropAll("duration_predictor.flows.1.");
    }
  }
}
