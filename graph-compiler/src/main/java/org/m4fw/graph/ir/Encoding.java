package org.m4fw.graph.ir;

import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Shape;

/**
 * How the numbers of a weight matrix [N, K] (N output channels of K inputs) are stored. Quantized
 * encodings keep their scales as F16; all but the asymmetric ones are without zero points. The
 * bytes given here are the canonical ones, in which quantized checkpoints are kept; a target may
 * want them in another {@link Layout}, which is an exact repacking.
 */
public sealed interface Encoding {

  /** As in a recipe: {@code f16}, {@code int8}, {@code int4-g32}. */
  String id();

  /** The size of the data of a weight of this shape, without scales. */
  long dataBytes(Shape shape);

  /** The size of its scales; 0 if it has none. */
  long scaleBytes(Shape shape);

  /** The size of its zero points; 0 if it has none. */
  default long zeroPointBytes(Shape shape) {
    return 0;
  }

  /** The size of all that is stored of it. */
  default long bytes(Shape shape) {
    return dataBytes(shape) + scaleBytes(shape) + zeroPointBytes(shape);
  }

  /** Plain floating-point numbers. */
  record Plain(DType dtype) implements Encoding {
    @Override
    public String id() {
      return dtype.name().toLowerCase(java.util.Locale.ROOT);
    }

    @Override
    public long dataBytes(Shape shape) {
      return shape.count() * dtype.bytes();
    }

    @Override
    public long scaleBytes(Shape shape) {
      return 0;
    }
  }

  /**
   * Eight bits: data I8 [N, K], two's complement, −127 to 127; scales F16 [N]; w = q · scale[n].
   */
  record Int8PerChannel() implements Encoding {
    @Override
    public String id() {
      return "int8";
    }

    @Override
    public long dataBytes(Shape shape) {
      return shape.count();
    }

    @Override
    public long scaleBytes(Shape shape) {
      return 2 * shape.dim(0);
    }
  }

  /**
   * Four bits in blocks along K: data U8 [N, ⌈K/block⌉, block/2], element 2i of a block in the low
   * nibble of byte i, stored with an offset of 8 (nibble = q + 8, q from −8 to 7), the last block
   * padded with q = 0; scales F16 [N, ⌈K/block⌉]; w = q · scale[n, k/block]. These are the bytes of
   * ONNX Runtime's MatMulNBits without zero points.
   *
   * <p>The asymmetric form has zero points z from 0 to 15 in U8 [N, ⌈⌈K/block⌉/2⌉], that of block
   * 2i of a row in the low nibble of byte i, an unused nibble 8; nibbles are then q from 0 to 15, w
   * = (q − z) · scale, and the padding of a block is z. These are the bytes of MatMulNBits with
   * zero points.
   *
   * @param block 32, 64 or 128
   */
  record Int4Blocks(int block, Symmetry symmetry) implements Encoding {
    /** Without zero points. */
    public Int4Blocks(int block) {
      this(block, Symmetry.SYMMETRIC);
    }

    public Int4Blocks {
      if (block != 32 && block != 64 && block != 128) {
        throw new IllegalArgumentException("blocks of 32, 64 or 128, not " + block);
      }
    }

    @Override
    public String id() {
      return "int4-g" + block + (symmetry == Symmetry.ASYMMETRIC ? "-asym" : "");
    }

    /** The number of blocks in a row. */
    public long blocks(Shape shape) {
      return Math.ceilDiv(shape.dim(1), block);
    }

    @Override
    public long dataBytes(Shape shape) {
      return shape.dim(0) * blocks(shape) * (block / 2);
    }

    @Override
    public long scaleBytes(Shape shape) {
      return 2 * shape.dim(0) * blocks(shape);
    }

    @Override
    public long zeroPointBytes(Shape shape) {
      return symmetry == Symmetry.ASYMMETRIC ? shape.dim(0) * zeroPointRow(shape) : 0;
    }

    /** The bytes of the zero points of a row. */
    public long zeroPointRow(Shape shape) {
      return Math.ceilDiv(blocks(shape), 2);
    }
  }
}
