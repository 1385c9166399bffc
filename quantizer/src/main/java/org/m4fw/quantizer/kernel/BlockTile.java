package org.m4fw.quantizer.kernel;

import org.m4fw.checkpoint.DType;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Symmetry;

/**
 * Some blocks of one size, a multiple of sixteen of them, and all that a kernel finds out about
 * them.
 *
 * <p>What is summed over the elements of one block is summed in their order, so that a machine can
 * work on as many blocks side by side as it has lanes; what is summed over all blocks is sixteen
 * sums, of the pairs of elements whose index has the same remainder by 16.
 *
 * <p>Arrays instead of values that are handed around, as a vector that crosses a method that is not
 * compiled yet becomes an object.
 */
final class BlockTile {
  /** Sums that are kept apart, and blocks that a search works on together. */
  static final int LANES = 16;

  /** Numbers in a tile: as floats they fit into the smallest cache beside what is made of them. */
  private static final int VALUES = 4096;

  /** Numbers in a block. */
  final int block;

  /** Blocks in a tile. */
  final int blocks;

  final Symmetry symmetry;
  final ScaleSign scaleSign;

  /** The numbers, one block after the other. */
  final StoredNumbers numbers;

  /** The numbers as floats, for whoever asks for them. */
  final float[] values;

  /** How much the error of each number counts in a search, F32; only where {@code weighted}. */
  final StoredNumbers weights;

  final boolean weighted;

  /** Of each block: the largest magnitude, and 1, or −1 where the scale is to be negative. */
  final float[] magnitude;

  final float[] sign;

  /** Of each block: how far its numbers reach above and below zero; for asymmetric blocks. */
  final float[] above;

  final float[] below;

  /**
   * Of each block: its scale, an F16; 1/scale; {@link Kernel#MAGIC} plus the integer that is zero.
   */
  final float[] scale;

  final float[] inverse;
  final float[] offset;

  /**
   * Sixteen blocks, the bits of element i of block l as a float at 16·i + l; {@code pairs} and
   * {@code spare} are room for getting there.
   */
  final int[] columns;

  final int[] weightColumns;
  final int[] pairs;
  final int[] spare;

  /** Of sixteen blocks: one divided by the magnitude, with the sign, or by the range. */
  final float[] unit = new float[LANES];

  /** Of a search among sixteen blocks: two attempts, and the best so far. */
  final Attempt one = new Attempt();

  final Attempt other = new Attempt();
  final Attempt best = new Attempt();

  /**
   * Of sixteen blocks: 1/scale and offset, and for the integers that they give the sums of number ·
   * integer and of integer².
   */
  static final class Attempt {
    final float[] inverse = new float[LANES];
    final float[] offset = new float[LANES];
    final float[] products = new float[LANES];
    final float[] squares = new float[LANES];

    /** Room for what rounding the best multiple costs. */
    final float[] rounding = new float[LANES];
  }

  /** Room for extremes of parts of blocks. */
  final int[] extremes;

  final int[] moreExtremes;

  /** What {@link Quality} adds up. */
  final float[] signal = new float[LANES];

  final float[] noise = new float[LANES];
  final float[] rebuilt = new float[LANES];
  final float[] maxError = new float[LANES];

  BlockTile(DType dtype, int block, Symmetry symmetry, ScaleSign scaleSign, boolean weighted) {
    this(VALUES, dtype, block, symmetry, scaleSign, weighted);
  }

  /** One with few blocks. */
  static BlockTile small(KernelUse use, Encoding.Int4Blocks encoding) {
    return new BlockTile(
        LANES * encoding.block(),
        use.dtype(),
        encoding.block(),
        encoding.symmetry(),
        RowEncoder.signOf(encoding),
        use.weighted());
  }

  private BlockTile(
      int count, DType dtype, int block, Symmetry symmetry, ScaleSign scaleSign, boolean weighted) {
    this.block = block;
    this.blocks = count / block;
    this.numbers = new StoredNumbers(dtype, count);
    this.values = new float[count];
    this.symmetry = symmetry;
    this.scaleSign = scaleSign;
    this.weighted = weighted;
    this.weights = new StoredNumbers(DType.F32, weighted ? count : 0);
    this.magnitude = new float[blocks];
    this.sign = new float[blocks];
    this.above = new float[blocks];
    this.below = new float[blocks];
    this.scale = new float[blocks];
    this.inverse = new float[blocks];
    this.offset = new float[blocks];
    this.columns = new int[LANES * block];
    this.weightColumns = new int[weighted ? LANES * block : 0];
    this.pairs = new int[dtype == DType.F32 ? 0 : LANES * block / 2];
    this.spare = new int[LANES * block];
    this.extremes = new int[blocks * LANES];
    this.moreExtremes = new int[blocks * LANES];
  }

  /** Sets {@code values}. */
  void widen() {
    numbers.widen(values);
  }

  /** The bytes that the numbers become. */
  int packedBytes() {
    return numbers.count / 2;
  }

  /** What the magnitude is divided by where nothing is searched for. */
  float steps() {
    return scaleSign == ScaleSign.FREE ? 8 : 7;
  }
}
