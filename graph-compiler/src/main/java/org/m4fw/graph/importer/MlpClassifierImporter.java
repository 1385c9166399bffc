package org.m4fw.graph.importer;

import static org.m4fw.graph.ir.Port.fixed;
import static org.m4fw.graph.ir.Port.symbolic;

import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.base.json.Fields;
import org.m4fw.checkpoint.Shape;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.GraphBuilder;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Operator;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.ir.SpecialTokens;
import org.m4fw.graph.ir.Weight;

/**
 * A head that sorts a vector into classes: linear layers with rectifiers between them, and a
 * softmax. It is stored as {@code torch.nn.Sequential(Linear, ReLU, Linear, …)} saves it ({@code
 * 0.weight}, {@code 0.bias}, {@code 2.weight}, …), with {@code "architectures": ["MlpClassifier"]}
 * in {@code config.json}; sizes follow from the shapes, and a layer may lack its bias.
 *
 * <p>The part {@code head} takes {@code features} [B, in] and gives {@code probabilities} [B,
 * classes].
 */
final class MlpClassifierImporter {
  private static final String PART = "head";

  private final CheckpointWeights weights;
  private final GraphBuilder graph = new GraphBuilder();
  private final Layers layers;
  private final Primitives to = new Primitives(graph);

  private MlpClassifierImporter(CheckpointWeights weights) {
    this.weights = weights;
    this.layers = new Layers(graph, weights);
  }

  static Model build(Fields config, CheckpointWeights weights) {
    Supported.word(config, "hidden_act", "relu");
    return new MlpClassifierImporter(weights).build(config);
  }

  private Model build(Fields config) {
    SortedMap<Integer, Shape> shapes = shapes(config);
    int in = size(shapes.firstEntry().getValue(), 1);
    int classes = size(shapes.lastEntry().getValue(), 0);
    String hidden =
        graph.input(
            new Port("features", ElementType.FLOAT32, List.of(symbolic("batch_size"), fixed(in))));
    int width = in;
    for (var layer : shapes.entrySet()) {
      int index = layer.getKey();
      String active = index == 0 ? hidden : to.op("Relu", Integer.toString(index - 1), hidden);
      int next = size(layer.getValue(), 0);
      hidden = linear(Integer.toString(index), active, width, next);
      width = next;
    }
    to.softmax("probabilities", hidden, -1);
    graph.output(
        new Port(
            "probabilities", ElementType.FLOAT32, List.of(symbolic("batch_size"), fixed(classes))));
    checkLabels(config, classes);
    weights.checkComplete();
    return Model.of(PART, graph.build("mlp-classifier", Optional.empty(), SpecialTokens.none()));
  }

  /** The matrices by their place, which is even: rectifiers, which have no weights, are between. */
  private SortedMap<Integer, Shape> shapes(Fields config) {
    SortedMap<Integer, Shape> shapes = new TreeMap<>();
    for (int index = 0; weights.has(index + ".weight"); index += 2) {
      String name = index + ".weight";
      Shape shape = weights.shape(name).orElseThrow();
      if (shape.rank() != 2 || shape.count() == 0) {
        throw ImportError.WRONG_SHAPE.at(config.file(), name, shape, "a matrix [out, in]");
      }
      shapes.put(index, shape);
    }
    if (shapes.isEmpty()) {
      throw ImportError.MISSING_WEIGHTS.at(config.file(), "", 1, "0.weight");
    }
    return shapes;
  }

  private String linear(String path, String input, int in, int out) {
    String matrix = layers.weight(path + ".weight", Weight.Role.LINEAR, out, in);
    Optional<String> bias =
        weights.has(path + ".bias")
            ? Optional.of(layers.weight(path + ".bias", Weight.Role.BIAS, out))
            : Optional.empty();
    return graph.node(path, new Operator.Linear(matrix, bias, Optional.empty()), input);
  }

  /** Names of the classes, if the configuration has them, are one for each. */
  private static void checkLabels(Fields config, int classes) {
    config
        .optionalObject("id2label")
        .ifPresent(
            labels -> {
              if (labels.names().size() != classes) {
                throw ImportError.INCONSISTENT.at(
                    config.file(),
                    "id2label",
                    labels.names().size() + " names",
                    "%s, one for each class".formatted(classes));
              }
            });
  }

  private static int size(Shape shape, int axis) {
    return Math.toIntExact(Math.min(shape.dim(axis), Integer.MAX_VALUE));
  }
}
