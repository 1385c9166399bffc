package org.m4fw.graph.onnx;

import java.util.Map;
import org.m4fw.checkpoint.Shape;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.EncodedWeight;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Layout;
import org.m4fw.graph.ir.Literal;
import org.m4fw.graph.ir.Operator.Attribute;
import org.m4fw.graph.ir.Symmetry;

/**
 * A linear layer by the encoding of its weight [N, K]: com.microsoft.MatMulNBits where the target
 * has it, DequantizeLinear and MatMul where not, MatMul alone for plain weights. Layouts and their
 * speeds: ONNX Runtime's ContribOperators.md; TensorRT's page on explicit quantization.
 */
final class LinearEmitter {
  private static final String MICROSOFT = "com.microsoft";
  private static final String NBITS = "MatMulNBits";

  /** What ONNX Runtime's CPU kernel takes, the cheapest in scales first. */
  private static final long[] INT8_BLOCKS = {256, 128, 64, 32, 16};

  private final WeightNodes nodes;
  private final ModelWriter out;

  LinearEmitter(WeightNodes nodes) {
    this.nodes = nodes;
    this.out = nodes.out();
  }

  /** Emits x·Wᵀ. */
  void emit(EncodedWeight weight, String x, String output) {
    switch (weight.encoding()) {
      case Encoding.Plain plain ->
          matMul(x, nodes.transposed(nodes.plain(weight, plain.dtype())), output);
      case Encoding.Int8PerChannel int8 -> int8(weight, x, output);
      case Encoding.Int4Blocks int4 -> int4(weight, int4, x, output);
    }
  }

  private void int8(EncodedWeight weight, String x, String output) {
    Shape shape = weight.weight().shape();
    if (out.target().supports(MICROSOFT, NBITS)) {
      for (long block : INT8_BLOCKS) {
        if (shape.dim(1) % block == 0) {
          int8Blocks(weight, block, x, output);
          return;
        }
      }
    }
    String scales = nodes.scales(weight, "rows", Shape.of(shape.dim(0)));
    boolean offset = weight.layout() == Layout.OFFSET_BINARY;
    String data = nodes.data(weight, "rows", offset ? ElementType.UINT8 : ElementType.INT8, shape);
    String dense = weight.weight().name() + ".dense";
    if (!out.hasValue(dense)) {
      dequantizeRows(dense, data, scales, offset ? zeroPoints(shape.dim(0)) : "");
    }
    matMul(x, nodes.transposed(dense), output);
  }

  private void dequantizeRows(String output, String data, String scales, String zeroPoints) {
    Map<String, Attribute> rows = Map.of("axis", new Attribute.Int(0));
    if (zeroPoints.isEmpty()) {
      out.node("", "DequantizeLinear", rows, output, data, scales);
    } else {
      out.node("", "DequantizeLinear", rows, output, data, scales, zeroPoints);
    }
  }

  /**
   * Two's complement as offset binary: the sign bit turned. It folds at load, where the runtime
   * packs a copy of the matrix anyway; so the bytes in the file are those that all targets share.
   */
  private String offsetBinary(String data) {
    String name = data + ".offset";
    if (!out.hasValue(name)) {
      String sign =
          out.literal(
              "const.uint8.128",
              new Literal(ElementType.UINT8, Shape.of(), new byte[] {(byte) 128}));
      out.node("", "BitwiseXor", Map.of(), name, data, sign);
    }
    return name;
  }

  /** Rows cut into blocks that all have the row's scale. */
  private void int8Blocks(EncodedWeight weight, long block, String x, String output) {
    Shape shape = weight.weight().shape();
    long blocks = shape.dim(1) / block;
    String data =
        nodes.data(weight, "blocks", ElementType.UINT8, Shape.of(shape.dim(0), blocks, block));
    if (weight.layout() == Layout.CANONICAL) {
      data = offsetBinary(data);
    }
    String scales = nodes.repeatedScales(weight, "blocks", shape.dim(0), blocks);
    matMulNBits(shape, 8, block, output, x, data, scales);
  }

  private void int4(EncodedWeight weight, Encoding.Int4Blocks int4, String x, String output) {
    Shape shape = weight.weight().shape();
    long blocks = int4.blocks(shape);
    switch (weight.layout()) {
      case CANONICAL -> {
        if (!out.target().supports(MICROSOFT, NBITS)) {
          throw unsupported(weight);
        }
        String data =
            nodes.data(
                weight,
                "blocks",
                ElementType.UINT8,
                Shape.of(shape.dim(0), blocks, int4.block() / 2));
        String scales = nodes.scales(weight, "blocks", Shape.of(shape.dim(0), blocks));
        if (int4.symmetry() == Symmetry.SYMMETRIC) {
          matMulNBits(shape, 4, int4.block(), output, x, data, scales);
        } else {
          String zeroPoints =
              nodes.zeroPoints(weight, "blocks", Shape.of(shape.dim(0), int4.zeroPointRow(shape)));
          matMulNBits(shape, 4, int4.block(), output, x, data, scales, zeroPoints);
        }
      }
      case TRANSPOSED_NIBBLES -> {
        String data =
            nodes.data(weight, "columns", ElementType.INT4, Shape.of(shape.dim(1), shape.dim(0)));
        String scales = nodes.scales(weight, "columns", Shape.of(blocks, shape.dim(0)));
        String dense =
            out.node(
                "",
                "DequantizeLinear",
                Map.of("axis", new Attribute.Int(0), "block_size", new Attribute.Int(int4.block())),
                weight.weight().name() + ".dense",
                data,
                scales);
        matMul(x, dense, output);
      }
      case OFFSET_BINARY -> throw unsupported(weight);
    }
  }

  private void matMulNBits(Shape shape, int bits, long block, String output, String... inputs) {
    out.node(
        MICROSOFT,
        NBITS,
        Map.of(
            "N", new Attribute.Int(shape.dim(0)),
            "K", new Attribute.Int(shape.dim(1)),
            "bits", new Attribute.Int(bits),
            "block_size", new Attribute.Int(block),
            "accuracy_level", new Attribute.Int(out.target().runtime().accuracyLevel())),
        output,
        inputs);
  }

  private void matMul(String x, String matrix, String output) {
    out.node("", "MatMul", Map.of(), output, x, matrix);
  }

  private String zeroPoints(long rows) {
    byte[] zeros = new byte[Math.toIntExact(rows)];
    java.util.Arrays.fill(zeros, (byte) 128);
    return out.literal(
        "const.uint8.128x" + rows, new Literal(ElementType.UINT8, Shape.of(rows), zeros));
  }

  private RuntimeException unsupported(EncodedWeight weight) {
    return OnnxError.UNSUPPORTED_ENCODING.at(
        weight.weight().name(), "", weight.encoding().id(), out.target().id());
  }
}
