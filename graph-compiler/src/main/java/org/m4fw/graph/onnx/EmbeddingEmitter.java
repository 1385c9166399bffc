package org.m4fw.graph.onnx;

import java.util.Map;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Shape;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.EncodedWeight;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Layout;
import org.m4fw.graph.ir.Operator.Attribute;
import org.m4fw.graph.ir.Symmetry;

/**
 * The lookup of rows of a table [V, H]: com.microsoft.GatherBlockQuantized where the target has it,
 * which reads only the rows asked for; otherwise DequantizeLinear and Gather.
 */
final class EmbeddingEmitter {
  private static final String MICROSOFT = "com.microsoft";
  private static final String GATHER_BLOCKS = "GatherBlockQuantized";
  private static final Map<String, Attribute> ROWS = Map.of("axis", new Attribute.Int(0));

  private final WeightNodes nodes;
  private final ModelWriter out;

  EmbeddingEmitter(WeightNodes nodes) {
    this.nodes = nodes;
    this.out = nodes.out();
  }

  void emit(EncodedWeight weight, String ids, String output) {
    switch (weight.encoding()) {
      case Encoding.Plain plain -> plain(weight, plain.dtype(), ids, output);
      case Encoding.Int8PerChannel int8 -> int8(weight, ids, output);
      case Encoding.Int4Blocks int4 -> int4(weight, int4, ids, output);
    }
  }

  /** Rows are converted after the lookup, so that the table stays in the file. */
  private void plain(EncodedWeight weight, DType dtype, String ids, String output) {
    String table = nodes.stored(weight, dtype);
    if (WeightNodes.elementType(dtype) == nodes.arithmetic()) {
      out.node("", "Gather", ROWS, output, table, ids);
      return;
    }
    String rows = out.node("", "Gather", ROWS, output + ".rows", table, ids);
    out.node(
        "", "Cast", Map.of("to", new Attribute.Int(nodes.arithmetic().onnxNumber())), output, rows);
  }

  private void int8(EncodedWeight weight, String ids, String output) {
    Shape shape = weight.weight().shape();
    if (weight.layout() == Layout.OFFSET_BINARY
        && out.target().supports(MICROSOFT, GATHER_BLOCKS)) {
      // One block holds the whole row, so that the scales stay one per row.
      long block = Math.max(16, Long.highestOneBit(2 * shape.dim(1) - 1));
      gatherBlocks(
          8,
          block,
          output,
          nodes.data(weight, "table", ElementType.UINT8, shape),
          ids,
          nodes.scales(weight, "table", Shape.of(shape.dim(0), 1)));
      return;
    }
    if (weight.layout() != Layout.CANONICAL) {
      throw unsupported(weight);
    }
    String dense = weight.weight().name() + ".dense";
    if (!out.hasValue(dense)) {
      out.node(
          "",
          "DequantizeLinear",
          ROWS,
          dense,
          nodes.data(weight, "rows", ElementType.INT8, shape),
          nodes.scales(weight, "rows", Shape.of(shape.dim(0))));
    }
    out.node("", "Gather", ROWS, output, dense, ids);
  }

  private void int4(EncodedWeight weight, Encoding.Int4Blocks int4, String ids, String output) {
    Shape shape = weight.weight().shape();
    if (weight.layout() != Layout.CANONICAL
        || shape.dim(1) % int4.block() != 0
        || int4.symmetry() != Symmetry.SYMMETRIC
        || !out.target().supports(MICROSOFT, GATHER_BLOCKS)) {
      throw unsupported(weight);
    }
    gatherBlocks(
        4,
        int4.block(),
        output,
        nodes.data(weight, "table", ElementType.UINT8, Shape.of(shape.dim(0), shape.dim(1) / 2)),
        ids,
        nodes.scales(weight, "table", Shape.of(shape.dim(0), int4.blocks(shape))));
  }

  private void gatherBlocks(
      int bits, long block, String output, String data, String ids, String scales) {
    out.node(
        MICROSOFT,
        GATHER_BLOCKS,
        Map.of(
            "bits", new Attribute.Int(bits),
            "block_size", new Attribute.Int(block),
            "gather_axis", new Attribute.Int(0),
            "quantize_axis", new Attribute.Int(1)),
        output,
        data,
        ids,
        scales);
  }

  private RuntimeException unsupported(EncodedWeight weight) {
    return OnnxError.UNSUPPORTED_ENCODING.at(
        weight.weight().name(), "", weight.encoding().id(), out.target().id());
  }
}
