package org.m4fw.graph.importer;

import java.util.Map;
import org.m4fw.checkpoint.Shape;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.GraphBuilder;
import org.m4fw.graph.ir.Literal;
import org.m4fw.graph.ir.Operator;
import org.m4fw.graph.ir.Operator.Attribute;

/** Words for the operators of ONNX that formulas are made of; each gives its output's name. */
record Primitives(GraphBuilder graph) {

  String op(String type, String output, String... inputs) {
    return graph.node(output, Operator.Primitive.of(type), inputs);
  }

  String op(String type, Map<String, Attribute> attributes, String output, String... inputs) {
    return graph.node(output, Operator.Primitive.of("", type, attributes), inputs);
  }

  /** The size of an axis, as a vector of one. */
  String length(String output, String value, long axis) {
    return op(
        "Shape",
        Map.of("start", new Attribute.Int(axis), "end", new Attribute.Int(axis + 1)),
        output,
        value);
  }

  /** What lies from {@code from} to before {@code to} along an axis. */
  String slice(String output, String value, long axis, long from, long to) {
    return op("Slice", output, value, integers(from), integers(to), integers(axis));
  }

  /** With the order along an axis reversed. */
  String flip(String output, String value, long axis) {
    return op(
        "Slice",
        output,
        value,
        integers(-1),
        integers(Long.MIN_VALUE + 1),
        integers(axis),
        integers(-1));
  }

  /** With one more at the front or the back of the second of three axes, all of this value. */
  String border(String output, String value, boolean front, double border) {
    String pads = front ? integers(0, 1, 0, 0, 0, 0) : integers(0, 0, 0, 0, 1, 0);
    return op("Pad", output, value, pads, real(border));
  }

  /** With zeros before and after along the last of three axes. */
  String padded(String output, String value, long before, long after) {
    return op("Pad", output, value, integers(0, 0, before, 0, 0, after));
  }

  String squeeze(String output, String value, long axis) {
    return op("Squeeze", output, value, integers(axis));
  }

  String unsqueeze(String output, String value, long axis) {
    return op("Unsqueeze", output, value, integers(axis));
  }

  String leakyRelu(String output, String value, double slope) {
    return op("LeakyRelu", Map.of("alpha", new Attribute.Real((float) slope)), output, value);
  }

  String softmax(String output, String value, long axis) {
    return op("Softmax", Map.of("axis", new Attribute.Int(axis)), output, value);
  }

  /** The sum of everything up to each element along an axis. */
  String cumulativeSum(String output, String value, long axis) {
    return op("CumSum", output, value, scalar(axis));
  }

  String sum(String output, String value, long axis, boolean keepAxis) {
    return op(
        "ReduceSum",
        Map.of("keepdims", new Attribute.Int(keepAxis ? 1 : 0)),
        output,
        value,
        integers(axis));
  }

  /** Truth as 1 and 0, in whole numbers or in the arithmetic of the graph. */
  String cast(String output, String value, ElementType type) {
    return graph.node(output, new Operator.Cast(type), value);
  }

  /** In float32 whatever the arithmetic: for counts, which float16 cannot hold. */
  String wide(String output, String value) {
    return op(
        "Cast", Map.of("to", new Attribute.Int(ElementType.FLOAT32.onnxNumber())), output, value);
  }

  /** A constant number without dimensions, in the arithmetic of the graph. */
  String real(double value) {
    return graph.literal(
        "const.real." + value, Literal.real(ElementType.FLOAT32, Shape.of(), (float) value));
  }

  /** A constant vector of ones, in the arithmetic of the graph. */
  String ones(int count) {
    float[] ones = new float[count];
    java.util.Arrays.fill(ones, 1);
    return graph.literal(
        "const.real.ones." + count, Literal.real(ElementType.FLOAT32, Shape.of(count), ones));
  }

  /** A constant integer without dimensions. */
  String scalar(long value) {
    return graph.literal("const.int64.scalar." + value, Literal.int64Scalar(value));
  }

  /** A constant vector of integers. */
  String integers(long... values) {
    StringBuilder name = new StringBuilder("const.int64");
    for (long value : values) {
      name.append('.').append(value);
    }
    return graph.literal(name.toString(), Literal.int64(values));
  }
}
