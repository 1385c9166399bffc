package org.m4fw.graph.importer;

import static org.m4fw.graph.ir.Port.fixed;
import static org.m4fw.graph.ir.Port.symbolic;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.Shape;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.GraphBuilder;
import org.m4fw.graph.ir.Literal;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Operator;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.ir.SpecialTokens;
import org.m4fw.graph.ir.Weight;

/**
 * FastSpeech 2: phonemes to a mel spectrogram in one go. An encoder says what each phoneme means in
 * its sentence, small networks guess how long it is, how high and how loud; stretched to frames, a
 * decoder makes mel bins of it. Source: Ren et al., "FastSpeech 2: Fast and High-Quality End-to-End
 * Text to Speech" (2021); tensor names are those of fairseq.
 *
 * <p>The part {@code acoustic} takes {@code input_ids} [B, S], filled up at the end with the
 * padding token, and gives {@code mel} [B, frames, mel bins] with zeros after the end of a shorter
 * text, and {@code mel_lengths} [B]. Where HiFi-GAN's weights are there too, it is the second part.
 */
final class FastSpeech2Importer {
  private static final String ENCODER = "encoder";
  private static final Set<String> MARKS =
      Set.of(
          "encoder.encoder_fft_layers.0.layer_norm.weight",
          "encoder.var_adaptor.embed_pitch.weight");

  /** As {@link Operator.CausalMask} closes positions. */
  private static final double CLOSED = 30_000;

  private final FastSpeech2Config config;
  private final GraphBuilder graph = new GraphBuilder();
  private final Layers layers;
  private final Primitives to = new Primitives(graph);

  private FastSpeech2Importer(FastSpeech2Config config, CheckpointWeights weights) {
    this.config = config;
    this.layers = new Layers(graph, weights);
  }

  /** Whether these are the names of such a checkpoint's tensors. */
  static boolean recognizes(Set<String> tensors) {
    return tensors.containsAll(MARKS);
  }

  static Model build(Checkpoint checkpoint, CheckpointWeights weights) {
    FastSpeech2Config config = FastSpeech2Config.read(checkpoint, weights);
    SequencedMap<String, Graph> parts = new LinkedHashMap<>();
    parts.put("acoustic", new FastSpeech2Importer(config, weights).acoustic());
    if (HifiGanImporter.recognizes(checkpoint.tensors().keySet())) {
      parts.put("vocoder", HifiGanImporter.vocoder(checkpoint, weights, config.melBins()));
    }
    // What training alone uses, and a table that older versions stored.
    weights.dropAll("ctc_proj.");
    weights.dropBuffers("embed_positions._float_tensor");
    weights.checkComplete();
    return new Model("fastspeech2", parts);
  }

  private Graph acoustic() {
    String ids =
        graph.input(
            new Port(
                "input_ids",
                ElementType.INT64,
                List.of(symbolic("batch_size"), symbolic("sequence_length"))));
    String filled = to.op("Equal", "tokens.filled", ids, to.scalar(FastSpeech2Config.PADDING));
    String there =
        to.cast("tokens.there", to.op("Not", "tokens.real", filled), ElementType.FLOAT32);
    String row = to.unsqueeze("tokens.row", there, 1);
    String embedded =
        layers.embedding(ENCODER + ".embed_tokens", ids, config.vocabulary(), config.width());
    String hidden = positioned("tokens", embedded, row, "pos_emb_alpha");
    String mask = mask("tokens", row);
    for (int i = 0; i < config.encoderLayers(); i++) {
      hidden = layer(ENCODER + ".encoder_fft_layers." + i, hidden, mask, config.encoderHeads());
    }
    VarianceAdaptor adaptor = new VarianceAdaptor(config, layers);
    LengthRegulator.Frames frames =
        new LengthRegulator(to, "frames").frames(adaptor.durations(hidden, row));
    String varied = adaptor.varied(hidden);
    String owners = layers.transpose("frames.owners", frames.tokens(), 0L, 2L, 1L);
    String stretched = to.op("MatMul", "frames.stretched", owners, varied);
    String decoded = positioned("frames", stretched, frames.mask(), "dec_pos_emb_alpha");
    String frameMask = mask("frames", frames.mask());
    for (int i = 0; i < config.decoderLayers(); i++) {
      decoded =
          layer(ENCODER + ".decoder_fft_layers." + i, decoded, frameMask, config.decoderHeads());
    }
    output(decoded, frames.mask());
    return graph.build("fastspeech2", Optional.empty(), SpecialTokens.none());
  }

  private void output(String decoded, String mask) {
    int bins = config.melBins();
    String normalized = layers.linear(ENCODER + ".out_proj", decoded, config.width(), bins);
    String natural = config.statistics().map(s -> natural(normalized, s)).orElse(normalized);
    layers.multiply("mel", natural, layers.transpose("frames.column", mask, 0L, 2L, 1L));
    graph.output(
        new Port(
            "mel",
            ElementType.FLOAT32,
            List.of(symbolic("batch_size"), symbolic("frames"), fixed(bins))));
    String counted = to.sum("mel.frames", to.wide("mel.counted", mask), 2, false);
    to.cast("mel_lengths", to.squeeze("mel.count", counted, 1), ElementType.INT64);
    graph.output(new Port("mel_lengths", ElementType.INT64, List.of(symbolic("batch_size"))));
  }

  private String natural(String normalized, FastSpeech2Config.Statistics statistics) {
    Shape shape = Shape.of(config.melBins());
    String deviation =
        graph.literal(
            "mel.deviation", Literal.real(ElementType.FLOAT32, shape, statistics.deviation()));
    String mean =
        graph.literal("mel.mean", Literal.real(ElementType.FLOAT32, shape, statistics.mean()));
    String scaled = layers.multiply("mel.scaled", normalized, deviation);
    return layers.add("mel.natural", scaled, mean);
  }

  /**
   * With waves of positions added, which count from after the index of padding; nothing where
   * nothing is.
   *
   * @param hidden [B, S, width]
   * @param there [B, 1, S], 0 where nothing is
   */
  private String positioned(String what, String hidden, String there, String alpha) {
    String name = what + ".positions";
    String length =
        to.op("Squeeze", name + ".length", to.length(name + ".shape", hidden, 1), to.integers(0));
    String first = to.scalar(FastSpeech2Config.PADDING + 1L);
    String numbers =
        to.op(
            "Range",
            name + ".numbers",
            first,
            layers.add(name + ".end", length, first),
            to.scalar(1));
    String waves =
        graph.node(name, new Operator.TimestepEmbedding(config.width(), false, 1), numbers);
    String factor = layers.weight(ENCODER + "." + alpha, Weight.Role.PARAMETER, 1);
    String scaled = layers.multiply(name + ".scaled", waves, factor);
    String column = layers.transpose(name + ".there", there, 0L, 2L, 1L);
    return layers.add(
        what + ".positioned", hidden, layers.multiply(name + ".masked", scaled, column));
  }

  /** What is added to scores so that nobody looks where nothing is: [B, 1, 1, S]. */
  private String mask(String what, String there) {
    String missing = to.op("Sub", what + ".missing", there, to.real(1));
    String closed = layers.multiply(what + ".closed", missing, to.real(CLOSED));
    return to.unsqueeze(what + ".visible", closed, 1);
  }

  /** Attention and two convolutions, each normalized after it is added. */
  private String layer(String path, String hidden, String mask, int heads) {
    String attention = path + ".self_attn";
    int width = config.width();
    String mixed =
        graph.node(
            attention,
            new Operator.SoftmaxAttention(heads, width / heads),
            layers.linear(attention + ".q_proj", hidden, width, width),
            layers.linear(attention + ".k_proj", hidden, width, width),
            layers.linear(attention + ".v_proj", hidden, width, width),
            mask);
    String attended = layers.linear(attention + ".out_proj", mixed, width, width);
    String sum = layers.add(attention + ".residual", hidden, attended);
    String normalized = norm(path + ".layer_norm", sum);
    String fed = feedForward(path + ".ffn.ffn", normalized);
    return norm(path + ".ffn.layer_norm", layers.add(path + ".ffn.residual", normalized, fed));
  }

  private String feedForward(String path, String hidden) {
    int inner = config.feedForwardWidth();
    long kernel = config.feedForwardKernel();
    String channels = layers.transpose(path + ".channels", hidden, 0L, 2L, 1L);
    String wide =
        layers.convolution(
            Convolution.of(path + ".0", config.width(), inner, kernel).padded(kernel / 2),
            channels);
    String active = to.op("Relu", path + ".1", wide);
    String narrow =
        layers.convolution(
            Convolution.of(path + ".2", inner, config.width(), kernel).padded(kernel / 2), active);
    return layers.transpose(path, narrow, 0L, 2L, 1L);
  }

  private String norm(String path, String input) {
    return layers.layerNorm(path, input, config.width(), FastSpeech2Config.EPSILON);
  }
}
