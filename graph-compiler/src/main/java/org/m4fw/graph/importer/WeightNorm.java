package org.m4fw.graph.importer;

import java.util.Arrays;
import java.util.Map;
import java.util.stream.LongStream;
import org.m4fw.graph.ir.Operator.Attribute;
import org.m4fw.graph.ir.Weight;

/**
 * Kernels of convolutions, which may be stored as a direction v and a length g for each index of
 * the first axis: w = g·v / ‖v‖ (Salimans and Kingma, "Weight Normalization", 2016). Those are put
 * together by nodes on constants, which fold when the graph is loaded.
 *
 * <p>PyTorch names the pair {@code weight_g} and {@code weight_v}, or since version 2 {@code
 * parametrizations.weight.original0} and {@code …original1}; there is one {@code weight} where it
 * was never split or has been put together after training.
 */
final class WeightNorm {
  private static final String PARAMETRIZED = ".parametrizations.weight.original";

  private WeightNorm() {}

  /** The kernel of the convolution at this path; gives the name of its value. */
  static String kernel(Layers layers, String path, long... dims) {
    if (layers.weights().has(path + PARAMETRIZED + 0)) {
      return joined(layers, path, PARAMETRIZED + 0, PARAMETRIZED + 1, dims);
    }
    if (layers.weights().has(path + ".weight_g")) {
      return joined(layers, path, ".weight_g", ".weight_v", dims);
    }
    return layers.weight(path + ".weight", Weight.Role.CONVOLUTION, dims);
  }

  private static String joined(
      Layers layers, String path, String length, String direction, long... dims) {
    long[] column = new long[dims.length];
    Arrays.fill(column, 1);
    column[0] = dims[0];
    String g = layers.weight(path + length, Weight.Role.PARAMETER, column);
    String v = layers.weight(path + direction, Weight.Role.CONVOLUTION, dims);
    Primitives to = new Primitives(layers.graph());
    String name = path + ".weight";
    String norm =
        to.op(
            "ReduceL2",
            Map.of("keepdims", new Attribute.Int(1)),
            name + ".norm",
            v,
            to.integers(LongStream.range(1, dims.length).toArray()));
    return to.op("Mul", name, v, to.op("Div", name + ".scale", g, norm));
  }
}
