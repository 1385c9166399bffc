package org.m4fw.quantizer.kernel;

/**
 * The inner loops of quantization. Every implementation gives the same bits for every input: all
 * use the same operations of IEEE 754 arithmetic in the same order, {@code fma} being one of them
 * ({@link Math#fma}).
 */
sealed interface Kernel permits ScalarKernel, VectorKernel {

  /**
   * Adding this rounds a number below 2^22 to the nearest integer, ties to even; subtracting it
   * again gives that as a number.
   */
  float MAGIC = 0x1.8p23f;

  /** The bits of {@link #MAGIC}; those of MAGIC + q are greater by q. */
  int MAGIC_BITS = 0x4b400000;

  /** The magnitude of a float is what is left of its bits under this mask. */
  int MAGNITUDE = 0x7fffffff;

  /** The largest of the sixteen integers, of which the smallest is 0. */
  int LARGEST = 15;

  /** The integer that is zero in symmetric blocks. */
  int MIDDLE = 8;

  /**
   * Blocks and rows up to this magnitude are all zero in every scale that F16 has, the smallest of
   * which is twice as large; their scale is 1, as TensorRT wants scales to be positive.
   */
  float NOTHING = 0x1p-25f;

  /** What is closer than this, relatively, is as good as equal in a search. */
  float CLOSE = 0x1p-20f;

  /** The smallest positive and the largest F16. */
  float SMALLEST_SCALE = 0x1p-24f;

  float LARGEST_SCALE = 65504;

  /**
   * Comes first; finds how far the numbers of every block reach: {@code magnitude}, {@code sign} by
   * the sign of the number with the largest magnitude, −1 where that is positive, and for
   * asymmetric blocks {@code above} and {@code below}. A block that holds NaN or an infinity has a
   * magnitude that is not finite.
   */
  void measure(BlockTile tile);

  /**
   * Sets {@code scale}, {@code inverse} and {@code offset} so that the integers just reach over the
   * numbers: the magnitude divided by {@link BlockTile#steps}, or the range by 15, rounded to F16,
   * infinite where that is beyond F16.
   */
  void span(BlockTile tile);

  /**
   * Sets {@code scale}, {@code inverse} and {@code offset} by a search. Each of the {@link
   * Divisors} gives integers for the numbers; the integers that some multiple of them comes closest
   * to the numbers win, by squared error, the first of equals; from that multiple the same is tried
   * once more. With P = Σ w·x·q and Q = Σ w·q·q, the best multiple is P/Q, and its error is less
   * the greater P²/Q. The scale is P/Q, rounded to F16. Of integers that are as good as equal,
   * those win whose multiple is rounded less, otherwise the first; so numbers that were quantized
   * before, which several scales may fit, keep their values.
   */
  void search(BlockTile tile);

  /**
   * Rounds the numbers with the scales, and computes the sums.
   *
   * @param data receives {@link BlockTile#packedBytes} from {@code at} on, the even of two elements
   *     in the low nibble
   */
  void pack(BlockTile tile, byte[] data, int at);

  /**
   * Comes first; the bits of the largest magnitude of a row; those of a number that is not finite
   * are greater than those of all others.
   */
  int magnitudeBits(RowTile row);

  /**
   * Rounds a row with its scale, in which no number is beyond ±127.5, and computes the sums.
   *
   * @param data receives as many bytes as the row has numbers, padding included, from {@code at} on
   */
  void pack(RowTile row, byte[] data, int at);
}
