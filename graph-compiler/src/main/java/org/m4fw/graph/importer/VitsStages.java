package org.m4fw.graph.importer;

import static org.m4fw.graph.ir.Port.fixed;
import static org.m4fw.graph.ir.Port.symbolic;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Port;

/**
 * VITS for devices that want all sizes fixed, cut where it decides how long speech gets:
 *
 * <pre>
 * text     input_ids [B, S], attention_mask [B, S]
 *            → text_hidden [B, width, S], text_means [B, flow width, S]
 * lengths  text_hidden, attention_mask → token_frames [B, 1, S], frame_numbers [T]
 * speech   text_means, token_frames, frame_numbers → waveform [B, samples]
 * </pre>
 *
 * There may be more tokens than the text has (0 in the mask) and more frame numbers than speech
 * takes (0, 1, … as many as there is room for): what is there comes out as if there were none, see
 * {@link Presence}. Of the waveform those samples count that the vocoder makes of the frames that
 * there are. Where there are several voices {@code text} takes {@code speaker_id} [B] and gives the
 * others {@code speaker} [B, width, 1].
 */
final class VitsStages {
  private static final Port.Dim BATCH = symbolic("batch_size");
  private static final Port.Dim TOKENS = symbolic("sequence_length");

  private final VitsConfig config;
  private final CheckpointWeights weights;

  private VitsStages(VitsConfig config, CheckpointWeights weights) {
    this.config = config;
    this.weights = weights;
  }

  static Model build(VitsConfig config, CheckpointWeights weights) {
    return new VitsStages(config, weights).build();
  }

  private Model build() {
    SequencedMap<String, Graph> parts = new LinkedHashMap<>();
    parts.put("text", text());
    parts.put(Model.LENGTHS, lengths());
    parts.put("speech", speech());
    VitsImporter.dropTrainingOnly(weights, config);
    weights.checkComplete();
    return new Model("vits", parts, weights.leftOut());
  }

  private Graph text() {
    VitsImporter part = new VitsImporter(config, weights);
    String ids = part.builder().input(tokens("input_ids"));
    Presence there = there(part);
    String hidden = part.text("text_hidden", ids, there);
    part.priorMeans("text_means", hidden);
    part.builder().output(hidden());
    part.builder().output(means());
    if (part.voice().isPresent()) {
      config.speakers().map(VitsStages::speaker).ifPresent(part.builder()::output);
    }
    return part.graph();
  }

  private Graph lengths() {
    VitsImporter part = new VitsImporter(config, weights);
    Primitives to = new Primitives(part.builder());
    String text = part.builder().input(hidden());
    Presence there = there(part);
    String every = part.durations("attention_mask", text, voice(part), there);
    to.cast("token_frames", there.only(every), ElementType.INT64);
    String numbers = new LengthRegulator(to, "frames").needed("token_frames");
    to.op("Identity", "frame_numbers", numbers);
    part.builder().output(frames());
    part.builder().output(numbers());
    return part.graph();
  }

  private Graph speech() {
    VitsImporter part = new VitsImporter(config, weights);
    String means = part.builder().input(means());
    String durations = part.builder().input(frames());
    String numbers = part.builder().input(numbers());
    LengthRegulator.Frames frames =
        new LengthRegulator(new Primitives(part.builder()), "frames")
            .framesAmong(durations, numbers);
    part.speech(means, frames, voice(part), Presence.of(part.layers(), frames.mask()));
    return part.graph();
  }

  private static Presence there(VitsImporter part) {
    return Presence.ofTokens(part.layers(), part.builder().input(tokens("attention_mask")));
  }

  /** Who speaks, as the first stage has looked up. */
  private Optional<Voice> voice(VitsImporter part) {
    return config
        .speakers()
        .map(
            speakers ->
                new Voice(
                    part.layers(), part.builder().input(speaker(speakers)), speakers.width()));
  }

  private static Port speaker(VitsConfig.Speakers speakers) {
    return new Port(
        "speaker", ElementType.FLOAT32, List.of(BATCH, fixed(speakers.width()), fixed(1)));
  }

  private static Port tokens(String name) {
    return new Port(name, ElementType.INT64, List.of(BATCH, TOKENS));
  }

  private Port hidden() {
    return new Port(
        "text_hidden", ElementType.FLOAT32, List.of(BATCH, fixed(config.width()), TOKENS));
  }

  private Port means() {
    return new Port(
        "text_means", ElementType.FLOAT32, List.of(BATCH, fixed(config.flowWidth()), TOKENS));
  }

  private static Port frames() {
    return new Port("token_frames", ElementType.INT64, List.of(BATCH, fixed(1), TOKENS));
  }

  private static Port numbers() {
    return new Port("frame_numbers", ElementType.INT64, List.of(symbolic("frames")));
  }
}
