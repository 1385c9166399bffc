package org.m4fw.graph.tflite;

import java.util.Arrays;
import java.util.Optional;

/**
 * Operators that are emitted, with their numbers in the schema ({@code BuiltinOperator}) and those
 * of their options ({@code BuiltinOptions}; 0 for none).
 */
public enum BuiltinOperator {
  ADD(0, 11),
  BATCH_MATMUL(126, 101),
  CAST(53, 37),
  CEIL(104, 0),
  CONCATENATION(2, 10),
  CONV_2D(3, 1),
  COS(108, 84),
  DEPTHWISE_CONV_2D(4, 2),
  DEQUANTIZE(6, 38),
  DIV(42, 29),
  EXP(47, 33),
  FULLY_CONNECTED(9, 8),
  GATHER(36, 23),
  GELU(150, 116),
  L2_NORMALIZATION(11, 12),
  LEAKY_RELU(98, 75),
  LOG(73, 0),
  LOGISTIC(14, 0),
  MAXIMUM(55, 39),
  MEAN(40, 27),
  MINIMUM(57, 39),
  MUL(18, 21),
  NEG(59, 42),
  PAD(34, 22),
  PADV2(60, 43),
  QUANTIZE(114, 89),
  REDUCE_MAX(82, 27),
  RELU(19, 0),
  RESHAPE(22, 17),
  RESIZE_NEAREST_NEIGHBOR(97, 74),
  RSQRT(76, 0),
  SIN(66, 0),
  SLICE(65, 48),
  SOFTMAX(25, 9),
  SQRT(75, 0),
  STRIDED_SLICE(45, 32),
  SUB(41, 28),
  SUM(74, 27),
  TANH(28, 0),
  TRANSPOSE(39, 26),
  TRANSPOSE_CONV(67, 49);

  private final int code;
  private final int optionsType;

  BuiltinOperator(int code, int optionsType) {
    this.code = code;
    this.optionsType = optionsType;
  }

  public int code() {
    return code;
  }

  int optionsType() {
    return optionsType;
  }

  static Optional<BuiltinOperator> of(int code) {
    return Arrays.stream(values()).filter(operator -> operator.code == code).findFirst();
  }
}
