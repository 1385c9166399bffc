package org.m4fw.quantizer.kernel;

/** Exercises a kernel until it is faster than another. */
final class WarmUp {
  private static final int ROUNDS = 3;
  private static final long PATIENCE_NANOS = 60_000_000_000L;

  private final Kernel kernel;
  private final Kernel rival;
  private final BlockTile tile = BlockTile.small();
  private final RowTile row = new RowTile(1024);
  private final byte[] data = new byte[1024];

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
      if (Thread.currentThread().isInterrupted()) {
        return false;
      }
    }
    return faster == ROUNDS;
  }

  private long round(Kernel tried) {
    long start = System.nanoTime();
    tried.measure(tile);
    tried.span(tile);
    tried.search(tile);
    tried.pack(tile, data, 0);
    tried.magnitudeBits(row);
    tried.pack(row, data, 0);
    return System.nanoTime() - start;
  }
}
