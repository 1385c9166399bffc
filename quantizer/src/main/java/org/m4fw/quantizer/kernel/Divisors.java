package org.m4fw.quantizer.kernel;

/**
 * The scales from which a search starts, an even number of them: by what the magnitude of a
 * symmetric block is divided, or the range of an asymmetric one. Found by trying subsets of 5.7,
 * 5.8 … 9.8 on trained weights. One far below the others finds integers again that were quantized
 * with a larger scale.
 */
final class Divisors {
  private static final float[] FREE = {6.4f, 7.1f, 7.7f, 8.1f, 8.4f, 8.8f};
  private static final float[] POSITIVE = {6.2f, 7.1f, 7.4f, 7.7f, 8, 8.3f, 8.7f, 9.2f};
  private static final float[] RANGE = {11, 12, 13, 14, 14.5f, 15, 15.4f, 15.8f, 16.3f, 17};

  private Divisors() {}

  static float[] of(BlockTile tile) {
    return switch (tile.symmetry) {
      case ASYMMETRIC -> RANGE;
      case SYMMETRIC -> tile.scaleSign == ScaleSign.FREE ? FREE : POSITIVE;
    };
  }
}
