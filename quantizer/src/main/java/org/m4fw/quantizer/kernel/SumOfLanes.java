package org.m4fw.quantizer.kernel;

import static org.m4fw.quantizer.kernel.BlockTile.LANES;

/** Adds up sums of lanes, each lane for itself, and the lanes in their order at the end. */
final class SumOfLanes {
  private final double[] signal = new double[LANES];
  private final double[] noise = new double[LANES];
  private final double[] rebuilt = new double[LANES];
  private final float[] maxError = new float[LANES];

  /** Adds what became of blocks; false if that is not finite. */
  boolean add(BlockTile tile) {
    float all = 0;
    for (int lane = 0; lane < LANES; lane++) {
      signal[lane] += tile.signal[lane];
      noise[lane] += tile.noise[lane];
      rebuilt[lane] += tile.rebuilt[lane];
      all += tile.noise[lane];
    }
    larger(tile.maxError);
    return Float.isFinite(all);
  }

  /** Adds what became of a row. */
  void add(RowTile row) {
    double square = (double) row.scale * row.scale;
    for (int lane = 0; lane < LANES; lane++) {
      signal[lane] += row.signal[lane];
      noise[lane] += row.noise[lane];
      rebuilt[lane] += square * row.squares[lane];
    }
    larger(row.maxError);
  }

  private void larger(float[] errors) {
    for (int lane = 0; lane < LANES; lane++) {
      maxError[lane] = Math.max(maxError[lane], errors[lane]);
    }
  }

  Quality quality() {
    double signals = 0;
    double noises = 0;
    double rebuilts = 0;
    double worst = 0;
    for (int lane = 0; lane < LANES; lane++) {
      signals += signal[lane];
      noises += noise[lane];
      rebuilts += rebuilt[lane];
      worst = Math.max(worst, maxError[lane]);
    }
    return new Quality(signals, noises, rebuilts, worst);
  }
}
