package org.m4fw.quantizer.kernel;

/** Adds up the sums of lanes in their order. */
final class SumOfLanes {
  private double signal;
  private double noise;
  private double rebuilt;
  private double maxError;

  void add(float[] signals, float[] noises, float[] rebuilts, float[] maxErrors) {
    for (int lane = 0; lane < BlockTile.LANES; lane++) {
      signal += signals[lane];
      noise += noises[lane];
      rebuilt += rebuilts[lane];
      maxError = Math.max(maxError, maxErrors[lane]);
    }
  }

  Quality quality() {
    return new Quality(signal, noise, rebuilt, maxError);
  }
}
