package org.m4fw.graph.tflite;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.checkpoint.Extent;
import org.m4fw.graph.ir.EncodedWeight;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Layout;
import org.m4fw.graph.tflite.LiteModel.Quantization;

/**
 * Kernels of eight bits with a scale for each channel that they give, and biases in steps of the
 * products. What is stored in eight bits stays as it is, so that other targets share its bytes;
 * what is not is rounded here.
 */
final class WholeKernels {
  private static final java.lang.foreign.ValueLayout.OfShort I16 =
      java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final LiteGraph graph;
  private final LiteValues values;

  WholeKernels(LiteGraph graph, LiteValues values) {
    this.graph = graph;
    this.values = values;
  }

  /**
   * A kernel in a file.
   *
   * @param scales of the channels that it gives
   */
  record Kernel(int tensor, List<Float> scales) {
    Kernel {
      scales = List.copyOf(scales);
    }
  }

  /** A matrix [N, K] as a kernel of one pixel, [N, 1, 1, K]. */
  Kernel matrix(String name, List<Long> dims) {
    List<Long> pixel = List.of(dims.get(0), 1L, 1L, dims.get(1));
    return stored(name)
        .map(weight -> kept(name, weight, pixel, new Conversion.None(), 0))
        .orElseGet(() -> rounded(name, pixel, List.of(0, 1, 2, 3), 0));
  }

  /**
   * A kernel with its axes in another order.
   *
   * @param order which axis each axis of the result was
   * @param axis of the result, that of the channels that it gives
   */
  Kernel permuted(String name, List<Long> dims, List<Integer> order, int axis) {
    Optional<EncodedWeight> stored = order.get(axis) == 0 ? stored(name) : Optional.empty();
    List<Long> after = order.stream().map(dims::get).toList();
    return stored
        .map(weight -> kept(name, weight, after, Conversion.permutation(1, dims, order), axis))
        .orElseGet(() -> rounded(name, dims, order, axis));
  }

  /** A bias, of zeros if there is none. */
  int bias(Optional<String> name, int input, Kernel kernel) {
    float[] numbers = name.map(values::floats).orElseGet(() -> new float[kernel.scales().size()]);
    float step =
        graph.tensor(input).quantization().orElseThrow() instanceof Quantization.Affine affine
            ? affine.scales().getFirst()
            : 1;
    List<Float> steps = kernel.scales().stream().map(scale -> scale * step).toList();
    return graph.constant(
        name.orElse("const.zeros") + ".int32",
        TensorType.INT32,
        List.of(numbers.length),
        new Content.Given(WholeConstants.bias(numbers, step, kernel.scales())),
        Optional.of(WholeConstants.perChannel(steps, 0)));
  }

  private Optional<EncodedWeight> stored(String name) {
    return values
        .stored(name)
        .filter(weight -> weight.encoding() instanceof Encoding.Int8PerChannel)
        .filter(weight -> weight.layout() == Layout.CANONICAL);
  }

  private Kernel kept(
      String name, EncodedWeight weight, List<Long> dims, Conversion conversion, int axis) {
    List<Float> scales = scales(weight.scales().orElseThrow());
    return kernel(
        name,
        dims,
        new Content.Stored(weight.data(), conversion, weight.weight().shape().count()),
        scales,
        axis);
  }

  private Kernel rounded(String name, List<Long> dims, List<Integer> order, int axis) {
    List<Long> after = order.stream().map(dims::get).toList();
    java.nio.ByteBuffer plain =
        java.nio.ByteBuffer.allocate(Math.toIntExact(4 * product(dims)))
            .order(ByteOrder.LITTLE_ENDIAN);
    plain.asFloatBuffer().put(values.floats(name));
    byte[] moved = new Conversion.Permutation(4, dims, order).apply(plain.array());
    float[] numbers = new float[moved.length / 4];
    java.nio.ByteBuffer.wrap(moved).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(numbers);
    List<Float> scales = new ArrayList<>();
    byte[] bytes =
        WholeConstants.kernel(numbers, Math.toIntExact(after.get(axis)), axis > 0, scales);
    return kernel(name, after, new Content.Given(bytes), scales, axis);
  }

  private Kernel kernel(
      String name, List<Long> dims, Content content, List<Float> scales, int axis) {
    int tensor =
        graph.constant(
            name,
            TensorType.INT8,
            LiteValues.shape(dims),
            content,
            Optional.of(WholeConstants.perChannel(scales, axis)));
    return new Kernel(tensor, scales);
  }

  private static long product(List<Long> dims) {
    return dims.stream().reduce(1L, Math::multiplyExact);
  }

  /** F16 scales. */
  static List<Float> scales(Extent extent) {
    try (MappedFile file = MappedFile.open(extent.file())) {
      var bytes = file.segment().asSlice(extent.offset(), extent.length());
      List<Float> scales = new ArrayList<>();
      for (long at = 0; at < bytes.byteSize(); at += 2) {
        scales.add(Float.float16ToFloat(bytes.get(I16, at)));
      }
      return scales;
    }
  }
}
