package org.m4fw.graph.importer;

import org.m4fw.checkpoint.Shape;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Literal;

/**
 * FastSpeech 2's guesses about each phoneme: how many frames it lasts, and its pitch and energy,
 * which are rounded to one of a number of bins and added as vectors.
 */
record VarianceAdaptor(FastSpeech2Config config, Layers layers, Primitives to) {
  private static final String PATH = "encoder.var_adaptor";

  VarianceAdaptor(FastSpeech2Config config, Layers layers) {
    this(config, layers, new Primitives(layers.graph()));
  }

  /**
   * Whole numbers of frames, [B, 1, S].
   *
   * @param hidden [B, S, width]
   * @param there [B, 1, S], 0 for padding
   */
  String durations(String hidden, String there) {
    String name = PATH + ".durations";
    String logarithms = guess("duration", hidden);
    String exact = to.op("Exp", name + ".exact", logarithms);
    String rounded =
        to.op("Round", name + ".rounded", to.op("Sub", name + ".less", exact, to.real(1)));
    String positive = to.op("Max", name + ".positive", rounded, to.real(0));
    String row = layers.transpose(name + ".row", positive, 0L, 2L, 1L);
    return layers.multiply(name, row, there);
  }

  /** With the vectors of pitch and energy; energy is guessed knowing the pitch. */
  String varied(String hidden) {
    String pitched =
        layers.add(PATH + ".pitched", hidden, vectors("pitch", hidden, config.pitch()));
    return layers.add(PATH + ".varied", pitched, vectors("energy", pitched, config.energy()));
  }

  private String vectors(String what, String hidden, FastSpeech2Config.Range range) {
    String name = PATH + "." + what;
    String edges =
        layers
            .graph()
            .literal(
                name + ".edges",
                Literal.real(ElementType.FLOAT32, Shape.of(config.bins() - 1L), edges(range)));
    // A value on an edge belongs to the bin below.
    String above = to.op("Less", name + ".above", edges, guess(what, hidden));
    String counts = to.cast(name + ".counts", above, ElementType.INT64);
    String bins = to.sum(name + ".bins", counts, 2, false);
    return layers.embedding(PATH + ".embed_" + what, bins, config.bins(), config.width());
  }

  /** As {@code torch.linspace}: from both ends to the middle, in float32. */
  private float[] edges(FastSpeech2Config.Range range) {
    float[] edges = new float[config.bins() - 1];
    float min = (float) range.min();
    float max = (float) range.max();
    float step = (max - min) / (edges.length - 1);
    for (int i = 0; i < edges.length; i++) {
      edges[i] = i < edges.length / 2 ? min + step * i : max - step * (edges.length - 1 - i);
    }
    return edges;
  }

  /** One number for each phoneme, [B, S, 1]. */
  private String guess(String what, String hidden) {
    String path = PATH + "." + what + "_predictor";
    String first = step(path, 1, hidden, config.width());
    String second = step(path, 2, first, config.predictorWidth());
    return layers.linear(path + ".proj", second, config.predictorWidth(), 1);
  }

  private String step(String path, int number, String input, int in) {
    String convolution = path + ".conv" + number + ".0";
    String channels = layers.transpose(convolution + ".channels", input, 0L, 2L, 1L);
    String wide =
        layers.convolution(
            Convolution.of(convolution, in, config.predictorWidth(), 3L).padded(1L), channels);
    String active = to.op("Relu", path + ".conv" + number + ".1", wide);
    String last = layers.transpose(convolution + ".last", active, 0L, 2L, 1L);
    return layers.layerNorm(
        path + ".ln" + number, last, config.predictorWidth(), FastSpeech2Config.EPSILON);
  }
}
