package org.m4fw.graph.tflite;

import java.util.List;
import java.util.Optional;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator.Attribute;
import org.m4fw.graph.ir.Operator.Primitive;
import org.m4fw.graph.tflite.LiteModel.Option;

/**
 * Convolutions of images, channels last. What TensorFlow calls SAME is used where it adds just the
 * zeros that are meant; else they are added before.
 */
final class ConvolutionOperations {
  private static final int SAME = 0;
  private static final int VALID = 1;
  private static final List<Integer> ROWS = List.of(0, 2, 3, 1);
  private static final List<Integer> CHANNELS_TO_END = List.of(1, 2, 3, 0);

  private final LiteGraph graph;
  private final LiteValues values;

  ConvolutionOperations(LiteGraph graph, LiteValues values) {
    this.graph = graph;
    this.values = values;
  }

  /** Sizes along height and width. */
  private record Plane(int height, int width) {}

  private record Pads(int top, int left, int bottom, int right) {
    boolean none() {
      return top == 0 && left == 0 && bottom == 0 && right == 0;
    }
  }

  /** The options of a convolution that looks at one pixel at a time. */
  static List<Option> onePixel() {
    return List.of(
        new Option.Choice(0, VALID),
        new Option.Whole(1, 1),
        new Option.Whole(2, 1),
        new Option.Choice(3, 0),
        new Option.Whole(4, 1),
        new Option.Whole(5, 1));
  }

  void convolution(Node node, Primitive operator) {
    String y = node.outputs().getFirst();
    String kernel = node.inputs().get(1);
    List<Long> kernelDims = values.value(kernel).dims();
    Plane strides = plane(operator, "strides");
    Plane dilations = plane(operator, "dilations");
    Pads pads = pads(operator);
    int x = values.channelsLast(node.inputs().getFirst());
    boolean same = isSame(graph.shape(x), kernelDims, strides, dilations, pads);
    if (!same && !pads.none()) {
      x = padded(node.name(), y, x, pads);
    }
    long groups =
        operator.attributes().get("group") instanceof Attribute.Int(long count) ? count : 1;
    boolean depthwise = groups > 1 && kernelDims.get(1) == 1;
    if (groups > 1 && !depthwise && values.isWhole()) {
      throw LiteError.NOT_WHOLE.at(node.name(), "", "Conv", "groups of several channels");
    }
    Weights weights =
        depthwise
            ? weights(node, kernel, kernelDims, CHANNELS_TO_END, 3, x)
            : weights(node, kernel, kernelDims, ROWS, 0, x);
    Option padding = new Option.Choice(0, same ? SAME : VALID);
    Option strideWidth = new Option.Whole(1, strides.width());
    Option strideHeight = new Option.Whole(2, strides.height());
    int out = values.outputChannelsLast(y);
    if (depthwise) {
      graph.op(
          BuiltinOperator.DEPTHWISE_CONV_2D,
          dilations.equals(new Plane(1, 1)) ? 1 : 2,
          List.of(
              padding,
              strideWidth,
              strideHeight,
              new Option.Whole(3, Math.toIntExact(kernelDims.getFirst() / groups)),
              new Option.Choice(4, 0),
              new Option.Whole(5, dilations.width()),
              new Option.Whole(6, dilations.height())),
          node.name(),
          out,
          x,
          weights.kernel(),
          weights.bias());
    } else {
      graph.op(
          BuiltinOperator.CONV_2D,
          groups > 1 ? 6 : 1,
          List.of(
              padding,
              strideWidth,
              strideHeight,
              new Option.Choice(3, 0),
              new Option.Whole(4, dilations.width()),
              new Option.Whole(5, dilations.height())),
          node.name(),
          out,
          x,
          weights.kernel(),
          weights.bias());
    }
  }

  /** Without zeros around, then cut: of transposed convolutions LiteRT knows no other padding. */
  void transposed(Node node, Primitive operator) {
    String y = node.outputs().getFirst();
    List<Long> kernelDims = values.value(node.inputs().get(1)).dims();
    Plane strides = plane(operator, "strides");
    Pads pads = pads(operator);
    int x = values.channelsLast(node.inputs().getFirst());
    List<Integer> in = graph.shape(x);
    List<Long> out = values.value(y).dims();
    int height = (in.get(1) - 1) * strides.height() + Math.toIntExact(kernelDims.get(2));
    int width = (in.get(2) - 1) * strides.width() + Math.toIntExact(kernelDims.get(3));
    boolean fits = pads.top() + out.get(2) <= height && pads.left() + out.get(3) <= width;
    long groups =
        operator.attributes().get("group") instanceof Attribute.Int(long count) ? count : 1;
    if (!fits || groups != 1 || !plane(operator, "dilations").equals(new Plane(1, 1))) {
      throw LiteError.NO_EQUIVALENT.at(node.name(), "", "ConvTranspose", "groups or dilations");
    }
    int channels = Math.toIntExact(out.get(1));
    List<Integer> whole = List.of(in.getFirst(), height, width, channels);
    int full =
        graph.value(
            y + ".whole",
            values.isWhole() ? TensorType.INT8 : TensorType.FLOAT32,
            whole,
            values.quantization(y));
    Weights weights = weights(node, node.inputs().get(1), kernelDims, CHANNELS_TO_END, 0, x);
    graph.op(
        BuiltinOperator.TRANSPOSE_CONV,
        3,
        List.of(
            new Option.Choice(0, VALID),
            new Option.Whole(1, strides.width()),
            new Option.Whole(2, strides.height())),
        node.name(),
        full,
        graph.ints(whole),
        weights.kernel(),
        x,
        weights.bias());
    List<Integer> cut =
        List.of(in.getFirst(), Math.toIntExact(out.get(2)), Math.toIntExact(out.get(3)), channels);
    if (cut.equals(whole)) {
      values.putChannelsLast(y, full);
    } else {
      graph.op(
          BuiltinOperator.SLICE,
          1,
          List.of(),
          node.name(),
          values.outputChannelsLast(y),
          full,
          graph.ints(List.of(0, pads.top(), pads.left(), 0)),
          graph.ints(cut));
    }
  }

  /** Tensors of a kernel and a bias. */
  private record Weights(int kernel, int bias) {}

  /**
   * @param order of the kernel's axes in the file
   * @param axis there, that of the channels that it gives
   */
  private Weights weights(
      Node node, String kernel, List<Long> dims, List<Integer> order, int axis, int x) {
    Optional<String> bias =
        node.inputs().size() > 2 && !node.inputs().get(2).isEmpty()
            ? Optional.of(node.inputs().get(2))
            : Optional.empty();
    if (values.isWhole()) {
      WholeKernels kernels = new WholeKernels(graph, values);
      WholeKernels.Kernel whole = kernels.permuted(kernel, dims, order, axis);
      return new Weights(whole.tensor(), kernels.bias(bias, x, whole));
    }
    int channels = Math.toIntExact(dims.get(order.get(axis)));
    int added = bias.map(values::tensor).orElseGet(() -> graph.zeros(channels));
    return new Weights(values.permuted(kernel, dims, order), added);
  }

  private int padded(String origin, String y, int x, Pads pads) {
    List<Integer> shape = graph.shape(x);
    int padded =
        graph.valueLike(
            y + ".padded",
            x,
            List.of(
                shape.get(0),
                shape.get(1) + pads.top() + pads.bottom(),
                shape.get(2) + pads.left() + pads.right(),
                shape.get(3)));
    int amounts =
        graph.ints(
            List.of(0, 0, pads.top(), pads.bottom(), pads.left(), pads.right(), 0, 0),
            List.of(4, 2));
    return graph.op(BuiltinOperator.PAD, 1, List.of(), origin, padded, x, amounts);
  }

  private static Plane plane(Primitive operator, String name) {
    return operator.attributes().get(name) instanceof Attribute.Ints(List<Long> sizes)
        ? new Plane(Math.toIntExact(sizes.get(0)), Math.toIntExact(sizes.get(1)))
        : new Plane(1, 1);
  }

  private static Pads pads(Primitive operator) {
    return operator.attributes().get("pads") instanceof Attribute.Ints(List<Long> p)
        ? new Pads(
            Math.toIntExact(p.get(0)),
            Math.toIntExact(p.get(1)),
            Math.toIntExact(p.get(2)),
            Math.toIntExact(p.get(3)))
        : new Pads(0, 0, 0, 0);
  }

  private static boolean isSame(
      List<Integer> x, List<Long> kernel, Plane strides, Plane dilations, Pads pads) {
    return isSame(
            x.get(1),
            kernel.get(2),
            strides.height(),
            dilations.height(),
            pads.top(),
            pads.bottom())
        && isSame(
            x.get(2), kernel.get(3), strides.width(), dilations.width(), pads.left(), pads.right());
  }

  /** TensorFlow's SAME: ⌈size/stride⌉ results, the odd zero at the end. */
  private static boolean isSame(
      long size, long kernel, long stride, long dilation, long before, long after) {
    long reach = dilation * (kernel - 1) + 1;
    long total = Math.max(0, (Math.ceilDiv(size, stride) - 1) * stride + reach - size);
    return before == total / 2 && after == total - total / 2;
  }
}
