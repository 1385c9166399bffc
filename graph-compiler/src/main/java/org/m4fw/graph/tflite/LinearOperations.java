package org.m4fw.graph.tflite;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.m4fw.checkpoint.Extent;
import org.m4fw.checkpoint.Shape;
import org.m4fw.graph.ir.EncodedWeight;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Layout;
import org.m4fw.graph.ir.Operator;
import org.m4fw.graph.ir.Symmetry;
import org.m4fw.graph.tflite.LiteModel.Option;
import org.m4fw.graph.tflite.LiteModel.Quantization;

/**
 * Linear layers. In floating point as FULLY_CONNECTED, with a bias always, if only of zeros:
 * without one it is a later version of the operator, which fewer devices take. Weights of eight or
 * four bits are multiplied with activations that the runtime quantizes, or are widened by it, as
 * the device does.
 */
final class LinearOperations {
  /** {@code keep_num_dims}. */
  private static final int KEEPING_DIMS = 5;

  /** Of eight bits with a scale per row. */
  private static final int PER_ROW = 12;

  /** No activation, weights in rows, {@code keep_num_dims}. */
  private static final List<Option> OPTIONS =
      List.of(new Option.Choice(0, 0), new Option.Choice(1, 0), new Option.Flag(2, true));

  private final LiteGraph graph;
  private final LiteValues values;

  LinearOperations(LiteGraph graph, LiteValues values) {
    this.graph = graph;
    this.values = values;
  }

  void emit(String node, Operator.Linear linear, String input, String output) {
    EncodedWeight weight = values.weight(linear.weight());
    Shape shape = weight.weight().shape();
    if (values.isWhole()) {
      whole(node, linear, shape, input, output);
      return;
    }
    int matrix = matrix(weight, shape);
    int bias =
        linear
            .bias()
            .map(name -> values.constant(name, values.value(name).dims()))
            .orElseGet(() -> graph.zeros(Math.toIntExact(shape.dim(0))));
    boolean plain = weight.encoding() instanceof Encoding.Plain;
    int x = values.tensor(input);
    graph.op(
        BuiltinOperator.FULLY_CONNECTED,
        plain ? KEEPING_DIMS : PER_ROW,
        OPTIONS,
        node,
        values.output(output),
        x,
        matrix,
        bias);
  }

  /**
   * A layer whose weight is given when the graph runs, [out, in].
   *
   * @param matrix the value that holds it
   */
  void given(String node, String input, String matrix, String output) {
    int out = Math.toIntExact(values.value(matrix).dims().getFirst());
    int x = values.tensor(input);
    int weight = values.tensor(matrix);
    int bias = values.isWhole() ? wholeZeros(out, scale(x) * scale(weight)) : graph.zeros(out);
    graph.op(
        BuiltinOperator.FULLY_CONNECTED,
        KEEPING_DIMS,
        OPTIONS,
        node,
        values.output(output),
        x,
        weight,
        bias);
  }

  private int wholeZeros(int count, float step) {
    return graph.constant(
        "const.zeros.%s.int32".formatted(count),
        TensorType.INT32,
        List.of(count),
        new Content.Given(new byte[4 * count]),
        Optional.of(new Quantization.Affine(List.of(step), List.of(0L), 0)));
  }

  private float scale(int tensor) {
    return graph.tensor(tensor).quantization().orElseThrow()
            instanceof Quantization.Affine(var scales, var zeroPoints, int axis)
        ? scales.getFirst()
        : 1;
  }

  /**
   * A convolution of one pixel, as devices have a scale per row for kernels, but not for matrices.
   */
  private void whole(
      String node, Operator.Linear linear, Shape shape, String input, String output) {
    WholeKernels kernels = new WholeKernels(graph, values);
    WholeKernels.Kernel kernel = kernels.matrix(linear.weight(), shape.dims());
    int x = values.rows(input);
    int bias = kernels.bias(linear.bias(), x, kernel);
    graph.op(
        BuiltinOperator.CONV_2D,
        1,
        ConvolutionOperations.onePixel(),
        node,
        values.outputRows(output),
        x,
        kernel.tensor(),
        bias);
  }

  private int matrix(EncodedWeight weight, Shape shape) {
    String name = weight.weight().name();
    return switch (weight.encoding()) {
      case Encoding.Plain plain -> values.constant(name, shape.dims());
      case Encoding.Int8PerChannel int8 -> {
        if (weight.layout() != Layout.CANONICAL) {
          throw unsupported(weight);
        }
        List<Float> scales = WholeKernels.scales(weight.scales().orElseThrow());
        yield graph.constant(
            name,
            TensorType.INT8,
            LiteValues.shape(shape.dims()),
            new Content.Stored(weight.data(), new Conversion.None(), shape.count()),
            Optional.of(
                new Quantization.Affine(scales, Collections.nCopies(scales.size(), 0L), 0)));
      }
      case Encoding.Int4Blocks int4 -> blocks(weight, int4, shape);
    };
  }

  private int blocks(EncodedWeight weight, Encoding.Int4Blocks int4, Shape shape) {
    if (weight.layout() != Layout.CANONICAL
        || int4.symmetry() != Symmetry.SYMMETRIC
        || shape.dim(1) % int4.block() != 0) {
      throw unsupported(weight);
    }
    Extent scales = weight.scales().orElseThrow();
    int scaleTensor =
        graph.constant(
            weight.weight().name() + ".scales",
            TensorType.FLOAT16,
            LiteValues.shape(List.of(shape.dim(0), int4.blocks(shape))),
            new Content.Stored(scales, new Conversion.None(), scales.length()),
            Optional.empty());
    return graph.constant(
        weight.weight().name(),
        TensorType.INT4,
        LiteValues.shape(shape.dims()),
        new Content.Stored(weight.data(), new Conversion.SignedNibbles(), shape.count() / 2),
        Optional.of(new Quantization.Blocks(scaleTensor, int4.block())));
  }

  private static RuntimeException unsupported(EncodedWeight weight) {
    return LiteError.UNSUPPORTED_ENCODING.at(
        weight.weight().name(),
        "",
        "%s in layout %s".formatted(weight.encoding().id(), weight.layout()));
  }
}
