package org.m4fw.graph.importer;

import java.nio.file.Path;
import java.util.Optional;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.NumpyArrays;
import org.m4fw.checkpoint.Shape;

/**
 * The sizes of FastSpeech2 in fairseq's form, which has no {@code config.json}: they follow from
 * the shapes of the tensors. The number of heads does not; it is the default of fairseq's
 * architecture unless a {@code config.json} says it under the name of fairseq's argument.
 *
 * @param melBins of a frame
 * @param predictorWidth of the networks that guess durations, pitch and energy
 * @param statistics with which frames are normalized, if they are
 */
record FastSpeech2Config(
    int vocabulary,
    int width,
    int encoderLayers,
    int decoderLayers,
    int encoderHeads,
    int decoderHeads,
    int feedForwardWidth,
    int feedForwardKernel,
    int predictorWidth,
    int bins,
    int melBins,
    Range pitch,
    Range energy,
    Optional<Statistics> statistics) {
  /** That of PyTorch's LayerNorm; no configuration changes it. */
  static final double EPSILON = 1e-5;

  /** The index of padding in every dictionary of fairseq. */
  static final int PADDING = 1;

  private static final int HEADS = 2;
  private static final int MAX_BINS = 1 << 16;

  /**
   * Of what is put into bins of equal width; larger and smaller values fall into the outer ones.
   */
  record Range(double min, double max) {}

  /** Mean and deviation of every mel bin. */
  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  record Statistics(float[] mean, float[] deviation) {}

  static FastSpeech2Config read(Checkpoint checkpoint, CheckpointWeights weights) {
    FairseqSettings settings = FairseqSettings.read(checkpoint);
    Shapes shapes = new Shapes(checkpoint.directory().toString(), weights);
    shapes.absent(
        "add_postnet",
        "encoder.postnet.convolutions.0.0.weight",
        "speakers",
        "encoder.spk_emb_proj.weight");
    Shape embedding = shapes.of("encoder.embed_tokens.weight", 2);
    Shape feedForward = shapes.of("encoder.encoder_fft_layers.0.ffn.ffn.0.weight", 3);
    Shape predictor = shapes.of("encoder.var_adaptor.duration_predictor.conv1.0.weight", 3);
    // The second convolution of a predictor is padded by one whatever its kernel.
    shapes.require("var_pred_kernel_size", predictor.dim(2), predictor.dim(2) == 3, "3");
    shapes.require(
        "fft_kernel_size", feedForward.dim(2), feedForward.dim(2) % 2 == 1, "an odd number");
    int width = shapes.size(embedding, 1);
    shapes.require("encoder_embed_dim", width, width % 2 == 0, "an even number");
    int melBins = shapes.size(shapes.of("encoder.out_proj.weight", 2), 0);
    int bins = shapes.size(shapes.of("encoder.var_adaptor.embed_pitch.weight", 2), 0);
    shapes.require("var_pred_n_bins", bins, bins > 2 && bins <= MAX_BINS, "3 to " + MAX_BINS);
    return new FastSpeech2Config(
        shapes.size(embedding, 0),
        width,
        shapes.count("encoder.encoder_fft_layers.%s.layer_norm.weight"),
        shapes.count("encoder.decoder_fft_layers.%s.layer_norm.weight"),
        heads(settings, shapes, "encoder_attention_heads", width),
        heads(settings, shapes, "decoder_attention_heads", width),
        shapes.size(feedForward, 0),
        shapes.size(feedForward, 2),
        shapes.size(predictor, 0),
        bins,
        melBins,
        range(settings, "pitch"),
        range(settings, "energy"),
        statistics(checkpoint, settings, melBins));
  }

  private static int heads(FairseqSettings settings, Shapes shapes, String name, int width) {
    int heads = settings.count(name, HEADS, 1 << 12);
    shapes.require(name, heads, width % heads == 0, "a divisor of the width (%s)".formatted(width));
    return heads;
  }

  private static Range range(FairseqSettings settings, String what) {
    double min = settings.number("features", what + "_min");
    double max = settings.number("features", what + "_max");
    if (!(min < max)) {
      throw ImportError.INCONSISTENT.at(
          settings.file(), "features." + what + "_max", max, "more than %s_min".formatted(what));
    }
    return new Range(min, max);
  }

  private static Optional<Statistics> statistics(
      Checkpoint checkpoint, FairseqSettings settings, int melBins) {
    String item = "global_cmvn.stats_npz_path";
    Optional<String> name = settings.text(item);
    if (name.isEmpty()) {
      return Optional.empty();
    }
    if (!name.get().matches("[A-Za-z0-9_-][A-Za-z0-9._-]*")) {
      throw ImportError.INCONSISTENT.at(
          settings.file(), item, name.get(), "the plain name of a file in the same directory");
    }
    Path file =
        checkpoint
            .file(name.get())
            .orElseThrow(
                () ->
                    org.m4fw.base.file.FileError.NOT_FOUND.at(
                        checkpoint.directory().resolve(name.get()), ""));
    Statistics statistics =
        new Statistics(NumpyArrays.vector(file, "mean"), NumpyArrays.vector(file, "std"));
    for (int found : new int[] {statistics.mean().length, statistics.deviation().length}) {
      if (found != melBins) {
        throw ImportError.INCONSISTENT.at(file, "", found + " numbers", melBins + " mel bins");
      }
    }
    return Optional.of(statistics);
  }

  /** What shapes say about sizes. */
  private record Shapes(String file, CheckpointWeights weights) {
    Shape of(String name, int rank) {
      Shape shape =
          weights.shape(name).orElseThrow(() -> ImportError.MISSING_WEIGHTS.at(file, "", 1, name));
      if (shape.rank() != rank || shape.count() == 0) {
        throw ImportError.WRONG_SHAPE.at(file, name, shape, rank + " dimensions");
      }
      return shape;
    }

    int size(Shape shape, int axis) {
      return Math.toIntExact(Math.min(shape.dim(axis), Integer.MAX_VALUE));
    }

    int count(String pattern) {
      int count = 0;
      while (weights.has(pattern.formatted(count))) {
        count++;
      }
      return count;
    }

    void require(String name, Object found, boolean holds, String expected) {
      if (!holds) {
        throw ImportError.UNSUPPORTED_OPTION.at(file, name, found, expected);
      }
    }

    /** Options that are not built, each with a tensor that only such models have. */
    void absent(String... optionsAndTensors) {
      for (int i = 0; i < optionsAndTensors.length; i += 2) {
        String tensor = optionsAndTensors[i + 1];
        require(
            optionsAndTensors[i], "a model with " + tensor, !weights.has(tensor), "one without");
      }
    }
  }
}
