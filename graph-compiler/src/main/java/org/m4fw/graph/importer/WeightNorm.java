package org.m4fw.graph.importer;

import java.util.Map;
import org.m4fw.graph.ir.Operator;
import org.m4fw.graph.ir.Weight;

/**
 * Kernels of convolutions that are stored as a direction v and a length g per first axis, w = g·v /
 * ‖v‖ (Salimans and Kingma, "Weight Normalization", 2016). They are put together by nodes on
 * constants, which fold when the graph is loaded.
 *
 * <p>PyTorch names the pair {@code weight_g} and {@code weight_v}, or {@code
 * parametrizations.weight.original0} and {@code …original1} since version 2; where training has
 * ended there may be one {@code weight}.
 */
final class WeightNorm {
  private static final String PARAMETRIZED = ".parametrizations.weight.original";

  private WeightNorm() {}

  /** The kernel of a convolution of one spatial axis; gives the name of its value. */
  static String kernel(Layers layers, String path, long first, long second, long size) {
    String length = path + ".weight_g";
    String direction = path + ".weight_v";
    if (layers.weights().has(path + PARAMETRIZED + 0)) {
      length = path + PARAMETRIZED + 0;
      direction = path + PARAMETRIZED + 1;
    } else if (!layers.weights().has(length)) {
      return layers.weight(path + ".weight", Weight.Role.CONVOLUTION, first, second, size);
    }
    String g = layers.weight(length, Weight.Role.PARAMETER, first, 1, 1);
    String v = layers.weight(direction, Weight.Role.CONVOLUTION, first, second, size);
    Primitives to = new Primitives(layers.graph());
    String name = path + ".weight";
    String norm =
        to.op(
            "ReduceL2",
            Map.of("keepdims", new Operator.Attribute.Int(1)),
            name + ".norm",
            v,
            to.integers(1, 2));
    return to.op("Mul", name, v, to.op("Div", name + ".scale", g, norm));
  }
}
