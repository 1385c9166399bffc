package org.m4fw.host.image;

/**
 * Scales images as Pillow does ({@code Image.resize} with {@code BICUBIC}, {@code
 * libImaging/Resample.c}), to the bit: the cubic kernel with a = −0.5, stretched when scaling down
 * so that it averages (antialiasing); weights in fixed point with 22 fractional bits; first rows,
 * then columns, each rounded to 8 bits.
 */
final class BicubicResize {
  private static final double A = -0.5;
  private static final double RADIUS = 2;
  private static final int FRACTION_BITS = 32 - 8 - 2;

  private BicubicResize() {}

  /**
   * The weights that make one row or column out of another.
   *
   * @param first the first source position of each result
   * @param weights of each result, in fixed point
   */
  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  private record Kernel(int[] first, int[][] weights) {}

  /**
   * A part of one side of the scaled image.
   *
   * @param scaled how long the whole side is after scaling
   * @param first where the part starts
   * @param count how long it is
   */
  record Side(long scaled, long first, int count) {}

  /** The part of the scaled image that is within both sides; only that is computed. */
  static RgbImage resize(RgbImage image, Side width, Side height) {
    Kernel columns = kernel(image.width(), width);
    Kernel rows = kernel(image.height(), height);
    int last = height.count() - 1;
    int top = rows.first()[0];
    int bottom = rows.first()[last] + rows.weights()[last].length;
    byte[] wide = horizontally(image, columns, top, bottom);
    return new RgbImage(
        width.count(), height.count(), vertically(wide, 3 * width.count(), rows, top));
  }

  /** The rows from {@code top} to before {@code bottom} in their new width. */
  private static byte[] horizontally(RgbImage image, Kernel kernel, int top, int bottom) {
    int width = kernel.first().length;
    byte[] result = new byte[Math.multiplyExact(3 * width, bottom - top)];
    int to = 0;
    for (int y = top; y < bottom; y++) {
      int row = 3 * y * image.width();
      for (int x = 0; x < width; x++) {
        weigh(image.pixels(), row + 3 * kernel.first()[x], 3, kernel.weights()[x], result, to);
        to += 3;
      }
    }
    return result;
  }

  private static byte[] vertically(byte[] rows, int row, Kernel kernel, int top) {
    int height = kernel.first().length;
    byte[] result = new byte[row * height];
    for (int y = 0; y < height; y++) {
      int from = row * (kernel.first()[y] - top);
      for (int x = 0; x < row; x += 3) {
        weigh(rows, from + x, row, kernel.weights()[y], result, row * y + x);
      }
    }
    return result;
  }

  /** One pixel out of those at {@code from}, {@code from + step}, …. */
  private static void weigh(
      byte[] pixels, int from, int step, int[] weights, byte[] result, int to) {
    int half = 1 << (FRACTION_BITS - 1);
    int red = half;
    int green = half;
    int blue = half;
    int at = from;
    for (int weight : weights) {
      red += weight * (pixels[at] & 0xFF);
      green += weight * (pixels[at + 1] & 0xFF);
      blue += weight * (pixels[at + 2] & 0xFF);
      at += step;
    }
    result[to] = clip(red);
    result[to + 1] = clip(green);
    result[to + 2] = clip(blue);
  }

  private static byte clip(int value) {
    return (byte) Math.clamp(value >> FRACTION_BITS, 0, 255);
  }

  private static Kernel kernel(int from, Side side) {
    double scale = (double) from / side.scaled();
    double stretch = Math.max(scale, 1);
    int[] first = new int[side.count()];
    int[][] weights = new int[side.count()][];
    for (int i = 0; i < side.count(); i++) {
      double centre = (side.first() + i + 0.5) * scale;
      first[i] = Math.max((int) (centre - RADIUS * stretch + 0.5), 0);
      int end = Math.min((int) (centre + RADIUS * stretch + 0.5), from);
      weights[i] = weights(first[i], end - first[i], centre, stretch);
    }
    return new Kernel(first, weights);
  }

  private static int[] weights(int first, int count, double centre, double stretch) {
    double[] exact = new double[count];
    double sum = 0;
    for (int i = 0; i < count; i++) {
      exact[i] = cubic((i + first - centre + 0.5) * (1 / stretch));
      sum += exact[i];
    }
    int[] fixed = new int[count];
    for (int i = 0; i < count; i++) {
      double weight = (sum == 0 ? exact[i] : exact[i] / sum) * (1 << FRACTION_BITS);
      fixed[i] = (int) (weight < 0 ? weight - 0.5 : weight + 0.5);
    }
    return fixed;
  }

  private static double cubic(double at) {
    double x = Math.abs(at);
    if (x < 1) {
      return ((A + 2) * x - (A + 3)) * x * x + 1;
    }
    return x < RADIUS ? (((x - 5) * x + 8) * x - 4) * A : 0;
  }
}
