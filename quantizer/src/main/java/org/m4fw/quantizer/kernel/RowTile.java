package org.m4fw.quantizer.kernel;

/**
 * A row of numbers for one scale. Its sums are sixteen, of the elements whose index has the same
 * remainder by 16, so that they do not depend on how many lanes a machine has.
 */
final class RowTile {
  final int columns;

  /** The number of elements, padded to a multiple of 16. */
  final int length;

  /** The numbers, padded with zeros. */
  final float[] values;

  /** The scale and 1/scale. */
  float scale;

  float inverse;

  /** What {@link Quality} adds up; of the numbers that are stored, without the scale. */
  final float[] signal = new float[BlockTile.LANES];

  final float[] noise = new float[BlockTile.LANES];
  final float[] squares = new float[BlockTile.LANES];
  final float[] maxError = new float[BlockTile.LANES];

  RowTile(int columns) {
    this.columns = columns;
    this.length = Math.ceilDiv(columns, BlockTile.LANES) * BlockTile.LANES;
    this.values = new float[length];
  }
}
