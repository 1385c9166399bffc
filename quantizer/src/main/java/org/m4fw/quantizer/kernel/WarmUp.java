package org.m4fw.quantizer.kernel;

import java.util.Arrays;

/** Exercises a kernel until it is faster than another. */
final class WarmUp {
  private static final int CALLS = 64;
  private static final int ROUNDS = 3;
  private static final long PATIENCE_NANOS = 60_000_000_000L;
  private static final long PAUSE_MILLIS = 2;

  private final Kernel kernel;
  private final Kernel rival;
  private final BlockTile tile = new BlockTile(32);
  private final RowTile row = new RowTile(512);

  WarmUp(Kernel kernel, Kernel rival) {
    this.kernel = kernel;
    this.rival = rival;
    for (int i = 0; i < tile.values.length; i++) {
      tile.values[i] = (i % 31 - 15) * 0x1p-6f;
      row.values[i] = tile.values[i];
    }
    row.scale = 0x1p-8f;
    row.inverse = 0x1p8f;
  }

  /** True as soon as it is faster in several rounds; false if patience or the thread ends. */
  boolean untilFaster() {
    long start = System.nanoTime();
    int faster = 0;
    while (faster < ROUNDS && System.nanoTime() - start < PATIENCE_NANOS) {
      faster = 2 * round(kernel) < round(rival) ? faster + 1 : 0;
      try {
        // The compiler needs the processor more than this does.
        Thread.sleep(PAUSE_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
    return faster == ROUNDS;
  }

  private long round(Kernel tried) {
    long start = System.nanoTime();
    for (int i = 0; i < CALLS; i++) {
      tried.begin(tile);
      Arrays.fill(tile.bestError, Float.POSITIVE_INFINITY);
      Arrays.fill(tile.centre, 8);
      for (int step = -2; step <= 2; step++) {
        tried.propose(tile, step);
        tried.score(tile);
      }
      tried.fit(tile);
      tried.score(tile);
      tried.finish(tile);
      tried.magnitudeBits(row);
      tried.finish(row);
    }
    return System.nanoTime() - start;
  }
}
