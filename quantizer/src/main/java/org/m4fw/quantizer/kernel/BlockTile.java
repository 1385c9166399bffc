package org.m4fw.quantizer.kernel;

/**
 * Sixteen blocks of one size, worked on side by side, and all that a kernel finds out about them.
 * Lane l of every array of sixteen belongs to block l. Sums are taken within a lane in the order of
 * its elements, so that they do not depend on how many lanes a machine has.
 *
 * <p>Arrays instead of values that are handed around, as a vector that crosses a method that is not
 * compiled yet becomes an object.
 */
final class BlockTile {
  /** Blocks in a tile. */
  static final int LANES = 16;

  /** Numbers in a block. */
  final int block;

  /** The numbers, one block after the other. */
  final float[] values;

  /** The numbers, element i of block l at 16·i + l; {@code spare} is room for getting there. */
  final float[] columns;

  final float[] spare;

  /** The largest magnitude. */
  final float[] magnitude = new float[LANES];

  /** 1, or −1 where the scale is to be negative. */
  final float[] sign = new float[LANES];

  /** The scale under trial and 1/scale; by which the magnitude was divided to get it. */
  final float[] scale = new float[LANES];

  final float[] inverse = new float[LANES];
  final float[] divisor = new float[LANES];

  /** Around which divisor to search. */
  final float[] centre = new float[LANES];

  /** The best scale so far, its divisor and its squared error. */
  final float[] bestScale = new float[LANES];

  final float[] bestDivisor = new float[LANES];
  final float[] bestError = new float[LANES];

  /** The packed numbers, eight to a word, word w of block l at 16·w + l. */
  final int[] wordColumns;

  final int[] spareWords;

  /** The packed numbers, one block after the other. */
  final int[] words;

  /** What {@link Quality} adds up. */
  final float[] signal = new float[LANES];

  final float[] noise = new float[LANES];
  final float[] rebuilt = new float[LANES];
  final float[] maxError = new float[LANES];

  BlockTile(int block) {
    this.block = block;
    this.values = new float[LANES * block];
    this.columns = new float[LANES * block];
    this.spare = new float[LANES * block];
    this.wordColumns = new int[LANES * block / 8];
    this.spareWords = new int[LANES * block / 8];
    this.words = new int[LANES * block / 8];
  }
}
