package org.m4fw.graph.tflite;

import java.util.List;
import org.m4fw.graph.tflite.LiteModel.Quantization;
import org.m4fw.graph.tflite.LiteModel.Tensor;

/**
 * The lowest version of an operator's definition that says what is meant in eight bits: delegates
 * refuse whatever is newer than they know (LiteRT, {@code tools/versioning/op_version.cc}).
 */
final class LiteVersions {
  private LiteVersions() {}

  /**
   * The version.
   *
   * @param floating the lowest one in floating point
   * @param inputs those that are there
   */
  static int lowest(
      BuiltinOperator operator, int floating, List<Tensor> inputs, List<Tensor> outputs) {
    boolean whole = outputs.stream().anyMatch(output -> output.type() == TensorType.INT8);
    if (!whole) {
      return floating;
    }
    return switch (operator) {
      case ADD,
          BATCH_MATMUL,
          CONCATENATION,
          GATHER,
          L2_NORMALIZATION,
          LOGISTIC,
          MAXIMUM,
          MEAN,
          MINIMUM,
          PAD,
          PADV2,
          REDUCE_MAX,
          RELU,
          RESIZE_NEAREST_NEIGHBOR,
          RSQRT,
          SLICE,
          SOFTMAX,
          STRIDED_SLICE,
          SUB,
          TANH,
          TRANSPOSE ->
          2;
      case CONV_2D, DEPTHWISE_CONV_2D, TRANSPOSE_CONV -> Math.max(floating, 3);
      case MUL -> product(inputs, outputs.getFirst());
      case LEAKY_RELU, QUANTIZE, RESHAPE -> 1;
      case FULLY_CONNECTED -> Math.max(floating, 4);
      case CAST, CEIL, COS, DEQUANTIZE, DIV, EXP, GELU, LOG, NEG, SIN, SQRT, SUM ->
          throw new IllegalArgumentException(operator + " has no form in eight bits here");
    };
  }

  /** A product whose steps are finer than those of its result's is a later version. */
  private static int product(List<Tensor> inputs, Tensor output) {
    float factor = scale(inputs.get(0)) * scale(inputs.get(1)) / scale(output);
    return factor >= 1 ? 3 : 2;
  }

  private static float scale(Tensor tensor) {
    return tensor
        .quantization()
        .map(q -> q instanceof Quantization.Affine affine ? affine.scales().getFirst() : 1f)
        .orElse(1f);
  }
}
