package org.m4fw.graph.tflite;

import java.util.Map;
import java.util.Optional;

/** Which operator of LiteRT does what one of ONNX does, by their names in both. */
public final class LiteNames {
  private static final Map<String, String> SAME =
      Map.ofEntries(
          Map.entry("Add", "ADD"),
          Map.entry("And", "LOGICAL_AND"),
          Map.entry("ArgMax", "ARG_MAX"),
          Map.entry("Cast", "CAST"),
          Map.entry("Ceil", "CEIL"),
          Map.entry("Concat", "CONCATENATION"),
          Map.entry("Conv", "CONV_2D"),
          Map.entry("ConvTranspose", "TRANSPOSE_CONV"),
          Map.entry("Cos", "COS"),
          Map.entry("CumSum", "CUMSUM"),
          Map.entry("Div", "DIV"),
          Map.entry("Equal", "EQUAL"),
          Map.entry("Exp", "EXP"),
          Map.entry("Expand", "BROADCAST_TO"),
          Map.entry("Gather", "GATHER"),
          Map.entry("GatherND", "GATHER_ND"),
          Map.entry("Gelu", "GELU"),
          Map.entry("GreaterOrEqual", "GREATER_EQUAL"),
          Map.entry("LeakyRelu", "LEAKY_RELU"),
          Map.entry("Less", "LESS"),
          Map.entry("LessOrEqual", "LESS_EQUAL"),
          Map.entry("MatMul", "BATCH_MATMUL"),
          Map.entry("Max", "MAXIMUM"),
          Map.entry("Min", "MINIMUM"),
          Map.entry("Mul", "MUL"),
          Map.entry("Neg", "NEG"),
          Map.entry("Not", "LOGICAL_NOT"),
          Map.entry("Pad", "PAD"),
          Map.entry("Range", "RANGE"),
          Map.entry("ReduceMax", "REDUCE_MAX"),
          Map.entry("ReduceMean", "MEAN"),
          Map.entry("ReduceSum", "SUM"),
          Map.entry("Relu", "RELU"),
          Map.entry("Reshape", "RESHAPE"),
          Map.entry("Resize", "RESIZE_NEAREST_NEIGHBOR"),
          Map.entry("Round", "ROUND"),
          Map.entry("Shape", "SHAPE"),
          Map.entry("Sigmoid", "LOGISTIC"),
          Map.entry("Sin", "SIN"),
          Map.entry("Slice", "STRIDED_SLICE"),
          Map.entry("Softmax", "SOFTMAX"),
          Map.entry("Split", "SPLIT_V"),
          Map.entry("Sqrt", "SQRT"),
          Map.entry("Squeeze", "SQUEEZE"),
          Map.entry("Sub", "SUB"),
          Map.entry("Tanh", "TANH"),
          Map.entry("Transpose", "TRANSPOSE"),
          Map.entry("Unsqueeze", "EXPAND_DIMS"),
          Map.entry("Where", "SELECT_V2"));

  private LiteNames() {}

  /** The operator of LiteRT that does the same; empty if that takes several, or none. */
  public static Optional<String> of(String onnx) {
    return Optional.ofNullable(SAME.get(onnx));
  }
}
