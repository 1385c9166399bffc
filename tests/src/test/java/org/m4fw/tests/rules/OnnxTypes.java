package org.m4fw.tests.rules;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.m4fw.graph.onnx.proto.AttributeProto;
import org.m4fw.graph.onnx.proto.GraphProto;
import org.m4fw.graph.onnx.proto.NodeProto;
import org.m4fw.graph.onnx.proto.TensorProto;
import org.m4fw.graph.onnx.proto.ValueInfoProto;

/** The element type of every value of a graph, as the operators' definitions give it. */
final class OnnxTypes {
  private static final Set<String> TRUTHS =
      Set.of("And", "Or", "Not", "Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual");
  private static final Set<String> PLACES = Set.of("Shape", "Size", "ArgMax", "ArgMin", "NonZero");

  static final int FP32 = 1;
  static final int UINT8 = 2;
  static final int INT8 = 3;
  static final int INT64 = 7;
  static final int BOOL = 9;
  static final int FP16 = 10;
  static final int DOUBLE = 11;
  static final int INT4 = 22;

  /** TensorProto.DataType of onnx.proto, by the names of TensorRT's list. */
  private static final Map<Integer, String> NAMES =
      Map.of(
          FP32, "FP32", UINT8, "UINT8", INT8, "INT8", 6, "INT32", INT64, "INT64", BOOL, "BOOL",
          FP16, "FP16", DOUBLE, "DOUBLE", 16, "BF16", INT4, "INT4");

  private final Map<String, Integer> types = new HashMap<>();

  OnnxTypes(GraphProto graph) {
    for (ValueInfoProto input : graph.getInputList()) {
      types.put(input.getName(), input.getType().getTensorType().getElemType());
    }
    for (TensorProto tensor : graph.getInitializerList()) {
      types.put(tensor.getName(), tensor.getDataType());
    }
    for (NodeProto node : graph.getNodeList()) {
      for (String output : node.getOutputList()) {
        types.put(output, ofOutput(node));
      }
    }
  }

  private int of(String value) {
    return types.getOrDefault(value, 0);
  }

  String name(String value) {
    return NAMES.getOrDefault(of(value), "type " + of(value));
  }

  private int ofOutput(NodeProto node) {
    String type = node.getOpType();
    if (TRUTHS.contains(type)) {
      return BOOL;
    }
    if (PLACES.contains(type)) {
      return INT64;
    }
    return switch (type) {
      case "Cast" -> (int) attribute(node, "to").getI();
      case "Constant" -> attribute(node, "value").getT().getDataType();
      case "ConstantOfShape" ->
          has(node, "value") ? attribute(node, "value").getT().getDataType() : FP32;
      case "DequantizeLinear", "Where" -> of(node.getInput(1));
      case "QuantizeLinear" -> node.getInputCount() > 2 ? of(node.getInput(2)) : UINT8;
      default -> of(node.getInput(0));
    };
  }

  static boolean has(NodeProto node, String name) {
    return node.getAttributeList().stream().anyMatch(a -> a.getName().equals(name));
  }

  /** The attribute, or an empty one. */
  static AttributeProto attribute(NodeProto node, String name) {
    return node.getAttributeList().stream()
        .filter(attribute -> attribute.getName().equals(name))
        .findFirst()
        .orElse(AttributeProto.getDefaultInstance());
  }
}
