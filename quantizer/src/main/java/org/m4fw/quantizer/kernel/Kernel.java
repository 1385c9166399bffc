package org.m4fw.quantizer.kernel;

/**
 * The inner loops of quantization. Every implementation gives the same bits for every input: all
 * use the same operations of IEEE 754 arithmetic in the same order, and none fuses a multiplication
 * with an addition.
 */
sealed interface Kernel permits ScalarKernel, VectorKernel {

  /**
   * Adding and subtracting this rounds a number below 2^22 to the nearest integer, ties to even.
   */
  float MAGIC = 0x1.8p23f;

  /** The bits of {@link #MAGIC}; those of MAGIC + q are greater by q. */
  int MAGIC_BITS = 0x4b400000;

  /** The magnitude of a float is what is left of its bits under this mask. */
  int MAGNITUDE = 0x7fffffff;

  /**
   * Blocks and rows up to this magnitude are all zero in every scale that F16 has, the smallest of
   * which is twice as large; their scale is 1, as TensorRT wants scales to be positive.
   */
  float NOTHING = 0x1p-25f;

  /** The smallest positive F16. */
  float SMALLEST_SCALE = 0x1p-24f;

  /** The smallest divisor of the search: with larger scales too few of the numbers are used. */
  float SMALLEST_DIVISOR = 6;

  /**
   * Fills {@code columns} from {@code values}, {@code magnitude}, and {@code sign} by the sign of
   * the number with the largest magnitude: −1 where that is positive. A block that holds NaN or an
   * infinity gets a magnitude that is not finite.
   */
  void begin(BlockTile tile);

  /** Makes the scale that divides the magnitude by centre + step, rounded to F16, the trial. */
  void propose(BlockTile tile, float step);

  /** Makes the scale that fits the numbers of the best one best, by least squares, the trial. */
  void fit(BlockTile tile);

  /** Computes the squared error of the trial, and remembers it where it is less than the best. */
  void score(BlockTile tile);

  /** Fills {@code words} and the sums, with the best scale. */
  void finish(BlockTile tile);

  /**
   * The bits of the largest magnitude of a row; those of a number that is not finite are greater
   * than those of all others.
   *
   * @param row its length a multiple of 16
   */
  int magnitudeBits(RowTile row);

  /** Fills {@code quantized} and the sums with the row's scale. */
  void finish(RowTile row);
}
