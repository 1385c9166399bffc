package org.m4fw.image;

/**
 * The CRC-32 of bytes whose parts were summed apart, on several threads. Source: zlib's {@code
 * crc32_combine}, which multiplies by x^(8n) modulo the polynomial.
 */
final class Crc32Sum {
  private static final int POLYNOMIAL = 0xEDB88320;
  private static final int ONE = 1 << 31;
  private static final int[] SQUARES = squares();

  private int sum;

  /** Appends a part. */
  void append(int crc, long length) {
    sum = multiply(power(length), sum) ^ crc;
  }

  int value() {
    return sum;
  }

  /** x^(2^n) for each n. */
  private static int[] squares() {
    int[] squares = new int[Integer.SIZE];
    squares[0] = ONE >>> 1;
    for (int i = 1; i < squares.length; i++) {
      squares[i] = multiply(squares[i - 1], squares[i - 1]);
    }
    return squares;
  }

  /** x^(8 bytes). */
  private static int power(long bytes) {
    int product = ONE;
    int square = 3;
    for (long rest = bytes; rest != 0; rest >>>= 1) {
      if ((rest & 1) == 1) {
        product = multiply(SQUARES[square % Integer.SIZE], product);
      }
      square++;
    }
    return product;
  }

  private static int multiply(int a, int b) {
    int product = 0;
    int factor = b;
    for (int bit = ONE; bit != 0; bit >>>= 1) {
      if ((a & bit) != 0) {
        product ^= factor;
      }
      factor = (factor & 1) == 0 ? factor >>> 1 : (factor >>> 1) ^ POLYNOMIAL;
    }
    return product;
  }
}
