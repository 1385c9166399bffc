package org.m4fw.graph.importer;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.m4fw.checkpoint.Shape;
import org.m4fw.graph.ir.AttachmentPoint;
import org.m4fw.graph.ir.GraphBuilder;
import org.m4fw.graph.ir.Literal;
import org.m4fw.graph.ir.Operator;
import org.m4fw.graph.ir.Operator.Attribute;
import org.m4fw.graph.ir.Weight;

/**
 * The modules of PyTorch by their paths in a checkpoint: each takes its weights, adds its node,
 * named after the path, and gives the name of its output.
 */
record Layers(GraphBuilder graph, CheckpointWeights weights) {

  /** A weight by its full name. */
  String weight(String name, Weight.Role role, long... dims) {
    return graph.weight(weights.take(name, role, Shape.of(dims)));
  }

  String embedding(String path, String ids, int rows, int width) {
    return graph.node(
        path,
        new Operator.Embedding(weight(path + ".weight", Weight.Role.EMBEDDING, rows, width)),
        ids);
  }

  String linear(String path, String input, int in, int out) {
    return linear(path, input, in, out, true);
  }

  String linear(String path, String input, int in, int out, boolean bias) {
    String matrix = weight(path + ".weight", Weight.Role.LINEAR, out, in);
    Optional<String> added =
        bias ? Optional.of(weight(path + ".bias", Weight.Role.BIAS, out)) : Optional.empty();
    return graph.node(path, new Operator.Linear(matrix, added, Optional.empty()), input);
  }

  /** A linear layer that adapters may add a low-rank branch to, at a point named after it. */
  String adaptable(String path, String input, int in, int out) {
    return adaptable(path, input, in, out, true);
  }

  String adaptable(String path, String input, int in, int out, boolean bias) {
    String matrix = weight(path + ".weight", Weight.Role.LINEAR, out, in);
    Optional<String> added =
        bias ? Optional.of(weight(path + ".bias", Weight.Role.BIAS, out)) : Optional.empty();
    return adaptable(path, new AttachmentPoint(path, in, out), matrix, added, input);
  }

  /** The same with weights that are called otherwise. */
  String adaptable(
      String name, AttachmentPoint point, String matrix, Optional<String> bias, String input) {
    graph.attachmentPoint(point);
    return graph.node(name, new Operator.Linear(matrix, bias, Optional.of(point)), input);
  }

  /**
   * A convolution of single pixels, computed as a linear layer over their sequence [B, N, in]; its
   * kernel is stored as one, [out, in, 1, 1].
   */
  String adaptablePixels(String path, String pixels, int in, int out) {
    String name = path + ".weight";
    Weight kernel =
        weights.takeAs(name, Weight.Role.CONVOLUTION, Shape.of(out, in, 1, 1), Shape.of(out, in));
    String bias = weight(path + ".bias", Weight.Role.BIAS, out);
    return adaptable(
        path, new AttachmentPoint(path, in, out), graph.weight(kernel), Optional.of(bias), pixels);
  }

  String layerNorm(String path, String input, int width, double epsilon) {
    return graph.node(
        path,
        new Operator.LayerNorm(
            weight(path + ".weight", Weight.Role.NORM, width),
            weight(path + ".bias", Weight.Role.BIAS, width),
            epsilon),
        input);
  }

  String groupNorm(String path, String input, int groups, int channels, double epsilon) {
    return graph.node(
        path,
        new Operator.GroupNorm(
            groups,
            channels,
            weight(path + ".weight", Weight.Role.NORM, channels),
            weight(path + ".bias", Weight.Role.BIAS, channels),
            epsilon),
        input);
  }

  String convolution(Convolution convolution, String input) {
    List<Long> kernel = new ArrayList<>();
    kernel.add((long) convolution.out());
    kernel.add((long) convolution.in() / convolution.groups());
    kernel.addAll(convolution.kernel());
    List<String> inputs = new ArrayList<>();
    inputs.add(input);
    inputs.add(
        WeightNorm.kernel(
            this, convolution.path(), kernel.stream().mapToLong(Long::longValue).toArray()));
    if (convolution.bias()) {
      inputs.add(weight(convolution.path() + ".bias", Weight.Role.BIAS, convolution.out()));
    }
    Operator operator =
        Operator.Primitive.of(
            "",
            "Conv",
            Map.of(
                "kernel_shape", new Attribute.Ints(convolution.kernel()),
                "strides", new Attribute.Ints(convolution.strides()),
                "pads", new Attribute.Ints(convolution.pads()),
                "dilations", new Attribute.Ints(convolution.dilations()),
                "group", new Attribute.Int(convolution.groups())));
    return graph.node(convolution.path(), operator, inputs, List.of(convolution.path())).getFirst();
  }

  String silu(String name, String input) {
    return graph.node(name, new Operator.Silu(), input);
  }

  String add(String name, String left, String right) {
    return graph.node(name, new Operator.Add(), left, right);
  }

  String multiply(String name, String left, String right) {
    return graph.node(name, new Operator.Multiply(), left, right);
  }

  /** Zero keeps an axis, −1 takes what is left. */
  String reshape(String name, String input, long... dims) {
    return graph.node(name, Operator.Primitive.of("Reshape"), input, ints(dims));
  }

  String transpose(String name, String input, Long... permutation) {
    return graph.node(
        name,
        Operator.Primitive.of(
            "", "Transpose", Map.of("perm", new Attribute.Ints(List.of(permutation)))),
        input);
  }

  String concat(String name, long axis, String... inputs) {
    return graph.node(
        name, Operator.Primitive.of("", "Concat", Map.of("axis", new Attribute.Int(axis))), inputs);
  }

  /**
   * A row [1, 1, width] once for each sample, [B, 1, width].
   *
   * @param samples a value [B, ...]
   */
  String inEveryRowOfBatch(String name, String row, String samples) {
    Primitives to = new Primitives(graph);
    String batch = to.length(name + ".batch", samples, 0);
    return to.op("Expand", name, row, concat(name + ".shape", 0, batch, ints(1, 1)));
  }

  /** A constant vector of integers, named after its values so that equal ones are shared. */
  String ints(long... values) {
    StringBuilder name = new StringBuilder("const.int64");
    for (long value : values) {
      name.append('.').append(value);
    }
    return graph.literal(name.toString(), Literal.int64(values));
  }
}
