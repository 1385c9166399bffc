package org.m4fw.graph.importer;

import static org.m4fw.graph.ir.Port.fixed;
import static org.m4fw.graph.ir.Port.symbolic;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.m4fw.checkpoint.Shape;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.GraphBuilder;
import org.m4fw.graph.ir.Literal;
import org.m4fw.graph.ir.Operator;
import org.m4fw.graph.ir.Operator.Attribute;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.ir.SpecialTokens;
import org.m4fw.graph.ir.Weight;

/** One encoder of ImageBind under construction, with what the modalities have in common. */
final class ImageBindPart {
  static final String ARCHITECTURE = "imagebind";

  /** PyTorch's own for a norm, which the stems have. */
  static final double STEM_EPSILON = 1e-5;

  /** Of a scale that adapters may replace: their files have no numbers without dimensions. */
  private static final Shape SINGLE = Shape.of(1);

  private static final double HEAD_EPSILON = 1e-6;
  private static final double LENGTH_EPSILON = 1e-12;
  private static final float MAX_SCALE = 100;
  private static final int MAX_POSITIONS = 1 << 14;

  private final Modality modality;
  private final ImageBindConfig config;
  private final CheckpointWeights weights;
  private final String file;
  private final Layers layers;

  /** What an encoder is for, in the order of the parts. */
  enum Modality {
    VISION,
    TEXT,
    AUDIO,
    IMU;

    /** As the original names it. */
    String key() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * A part without nodes.
   *
   * @param file for messages
   */
  ImageBindPart(Modality modality, ImageBindConfig config, CheckpointWeights weights, String file) {
    this.modality = modality;
    this.config = config;
    this.weights = weights;
    this.file = file;
    this.layers = new Layers(new GraphBuilder(), weights);
  }

  /** How the names of a modality's tensors start. */
  static List<String> modules(String modality) {
    return List.of(
        "modality_preprocessors." + modality + ".",
        "modality_trunks." + modality + ".",
        "modality_heads." + modality + ".",
        "modality_postprocessors." + modality + ".");
  }

  Modality modality() {
    return modality;
  }

  ImageBindConfig config() {
    return config;
  }

  CheckpointWeights weights() {
    return weights;
  }

  Layers layers() {
    return layers;
  }

  Primitives to() {
    return new Primitives(layers.graph());
  }

  String file() {
    return file;
  }

  /** The name of a module that makes tokens of the input. */
  String preprocessor(String module) {
    return "modality_preprocessors." + modality.key() + "." + module;
  }

  String trunk(String module) {
    return "modality_trunks." + modality.key() + "." + module;
  }

  String head(String module) {
    return "modality_heads." + modality.key() + "." + module;
  }

  /** The name of the factor's logarithm. */
  String logarithmOfScale() {
    return "modality_postprocessors." + modality.key() + ".1.log_logit_scale";
  }

  String output() {
    return "out." + modality.key();
  }

  ImageBindConfig.Trunk size() {
    return switch (modality) {
      case VISION -> config.vision();
      case TEXT -> config.text();
      case AUDIO -> config.audio();
      case IMU -> config.imu();
    };
  }

  /** Adds the input, [B, dims]. */
  String input(ElementType type, Port.Dim... dims) {
    List<Port.Dim> all = new ArrayList<>();
    all.add(symbolic("batch_size"));
    all.addAll(List.of(dims));
    return layers.graph().input(new Port("in." + modality.key(), type, all));
  }

  /** Rows of a table [1, positions, width], or how many they usually are if that is not told. */
  int positions(String table, long usual) {
    long positions =
        weights
            .shape(table)
            .filter(shape -> shape.rank() == 3)
            .map(shape -> shape.dim(1))
            .orElse(usual);
    if (positions < 2 || positions > MAX_POSITIONS) {
      throw ImportError.INCONSISTENT.at(
          file, table, positions + " positions", "2 to " + MAX_POSITIONS);
    }
    return (int) positions;
  }

  /** Features [B, width, ...] of patches as a sequence [B, N, width]. */
  String sequence(String patches) {
    String flat = layers.reshape("patches.flat", patches, 0, size().width(), -1);
    return layers.transpose("patches.sequence", flat, 0L, 2L, 1L);
  }

  /** Puts the token that stands for the whole before the others; adds the positions to all. */
  String withClassAndPositions(String tokens, String table, int positions) {
    String token = preprocessor("cls_token");
    String row = layers.weight(token, Weight.Role.PARAMETER, 1, 1, size().width());
    String repeated = layers.inEveryRowOfBatch(token + ".repeated", row, tokens);
    String all = layers.concat(token + ".prepended", 1, repeated, tokens);
    return withPositions(all, table, positions);
  }

  String withPositions(String tokens, String table, int positions) {
    return layers.add(
        preprocessor("tokens"),
        tokens,
        layers.weight(table, Weight.Role.PARAMETER, 1, positions, size().width()));
  }

  /** Runs the blocks, whose attention has one trained key and value more than there are tokens. */
  String blocksWithExtraKey(String tokens) {
    return new ImageBindTrunk(layers, trunk("blocks"), size(), true)
        .apply(tokens, Optional.empty());
  }

  /** Runs the blocks; the mask is what is added to the scores. */
  String blocks(String tokens, Optional<String> mask) {
    return new ImageBindTrunk(layers, trunk("blocks"), size(), false).apply(tokens, mask);
  }

  /**
   * The embedding of the first token. All are normalized first, as in the original: that is what
   * its published number of operations counts, and next to nothing.
   */
  String projectedClass(String tokens, String matrix) {
    String normalized = headNorm(head("0"), tokens);
    String first =
        to().op(
                "Gather",
                Map.of("axis", new Attribute.Int(1)),
                head("class"),
                normalized,
                to().scalar(0));
    return headMatrix(matrix, first);
  }

  /** Of a head, in whose place adapters may bring their own. */
  private String headNorm(String norm, String tokens) {
    layers.graph().replaceable(norm + ".weight");
    layers.graph().replaceable(norm + ".bias");
    return layers.layerNorm(norm, tokens, size().width(), HEAD_EPSILON);
  }

  private String headMatrix(String matrix, String token) {
    layers.graph().replaceable(matrix + ".weight");
    return layers.adaptable(matrix, token, size().width(), config.width(), false);
  }

  /** Normalizes a token [B, width] and takes it to the common space. */
  String projected(String token, String norm, String matrix) {
    return headMatrix(matrix, headNorm(norm, token));
  }

  /** To length 1. */
  String normalized(String name, String embedding) {
    return layers.graph().node(name, new Operator.L2Normalize(LENGTH_EPSILON), embedding);
  }

  /** To a length that was trained with the model, at most {@value #MAX_SCALE}. */
  String scaledAsTrained(String name, String embedding) {
    Weight logarithm =
        weights.takeAs(logarithmOfScale(), Weight.Role.PARAMETER, Shape.of(), SINGLE);
    return scaled(name, embedding, layers.graph().weight(logarithm));
  }

  private String scaled(String name, String embedding, String logarithm) {
    layers.graph().replaceable(logarithm);
    String exponential = to().op("Exp", logarithm + ".exp", logarithm);
    String scale = to().op("Min", logarithm + ".clipped", exponential, to().real(MAX_SCALE));
    return layers.multiply(name, normalized(name + ".normalized", embedding), scale);
  }

  /** To a length that is stored with the model but was not trained, so that it is no parameter. */
  String scaledAsStored(String name, String embedding) {
    float logarithm = weights.takeNumber(logarithmOfScale());
    Literal stored = Literal.real(ElementType.FLOAT32, SINGLE, logarithm);
    return scaled(name, embedding, layers.graph().literal(logarithmOfScale(), stored));
  }

  /** The finished graph, whose last node has given {@link #output}. */
  Graph graph() {
    Port port =
        new Port(
            output(), ElementType.FLOAT32, List.of(symbolic("batch_size"), fixed(config.width())));
    layers.graph().output(port);
    return layers.graph().build(ARCHITECTURE, Optional.empty(), SpecialTokens.none());
  }
}
