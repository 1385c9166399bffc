package org.m4fw.graph.onnx;

import java.util.List;
import java.util.Map;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Extent;
import org.m4fw.checkpoint.Shape;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.EncodedWeight;
import org.m4fw.graph.ir.Operator.Attribute;

/** The initializers of a weight, and the nodes that bring them to the arithmetic of the graph. */
final class WeightNodes {
  private final ModelWriter out;
  private final ElementType arithmetic;

  WeightNodes(ModelWriter out, ElementType arithmetic) {
    this.out = out;
    this.arithmetic = arithmetic;
  }

  ModelWriter out() {
    return out;
  }

  ElementType arithmetic() {
    return arithmetic;
  }

  /** The initializer of a plain weight, in the type in which it is stored. */
  String stored(EncodedWeight weight, DType dtype) {
    return out.external(
        weight.weight().name(), elementType(dtype), weight.weight().shape(), weight.data());
  }

  /** A plain weight in the arithmetic of the graph. */
  String plain(EncodedWeight weight, DType dtype) {
    return inArithmetic(stored(weight, dtype), elementType(dtype));
  }

  /** The data of a quantized weight under a name of their own, for this use's type and shape. */
  String data(EncodedWeight weight, String use, ElementType type, Shape shape) {
    return out.external(weight.weight().name() + "." + use, type, shape, weight.data());
  }

  /** A weight in eight bits as the numbers that they stand for, in the arithmetic of the graph. */
  String dense(EncodedWeight weight) {
    String name = weight.weight().name() + ".dense";
    if (!out.hasValue(name)) {
      Shape shape = weight.weight().shape();
      out.node(
          "",
          "DequantizeLinear",
          Map.of("axis", new Attribute.Int(0)),
          name,
          data(weight, "rows", ElementType.INT8, shape),
          scales(weight, "rows", Shape.of(shape.dim(0))));
    }
    return name;
  }

  /** The scales in the arithmetic of the graph; a conversion of a constant folds at load. */
  String scales(EncodedWeight weight, String use, Shape shape) {
    Extent extent = weight.scales().orElseThrow();
    String name = weight.weight().name() + ".scales." + use;
    return inArithmetic(
        out.external(name, ElementType.FLOAT16, shape, extent), ElementType.FLOAT16);
  }

  /** The zero points of a weight that has some. */
  String zeroPoints(EncodedWeight weight, String use, Shape shape) {
    return out.external(
        weight.weight().name() + ".zero_points." + use,
        ElementType.UINT8,
        shape,
        weight.zeroPoints().orElseThrow());
  }

  /** Scales of whole rows, repeated for every block of the row: [N, 1] to [N, blocks]. */
  String repeatedScales(EncodedWeight weight, String use, long rows, long blocks) {
    String column = scales(weight, use, Shape.of(rows, 1));
    if (blocks == 1) {
      return column;
    }
    String name = column + ".repeated";
    if (!out.hasValue(name)) {
      String shape =
          out.literal(
              "const.int64.%s.%s".formatted(rows, blocks),
              org.m4fw.graph.ir.Literal.int64(rows, blocks));
      out.node("", "Expand", Map.of(), name, column, shape);
    }
    return name;
  }

  String transposed(String matrix) {
    String name = matrix + ".transposed";
    if (!out.hasValue(name)) {
      out.node("", "Transpose", Map.of("perm", new Attribute.Ints(List.of(1L, 0L))), name, matrix);
    }
    return name;
  }

  private String inArithmetic(String value, ElementType type) {
    if (type == arithmetic) {
      return value;
    }
    String name = value + ".cast";
    if (!out.hasValue(name)) {
      out.node("", "Cast", Map.of("to", new Attribute.Int(arithmetic.onnxNumber())), name, value);
    }
    return name;
  }

  static ElementType elementType(DType dtype) {
    return switch (dtype) {
      case F32 -> ElementType.FLOAT32;
      case F16 -> ElementType.FLOAT16;
      case BF16 -> ElementType.BFLOAT16;
      default -> throw new IllegalArgumentException("no weight is stored as " + dtype);
    };
  }
}
