package org.m4fw.quantizer.kernel;

import java.util.List;
import org.m4fw.graph.ir.Symmetry;

/** Exercises a kernel until it is faster than another. */
final class WarmUp {
  private static final int ROUNDS = 10;
  private static final long PATIENCE_NANOS = 20_000_000_000L;

  private final Kernel kernel;
  private final Kernel rival;
  private final List<BlockTile> tiles =
      List.of(
          BlockTile.small(32, Symmetry.SYMMETRIC, ScaleSign.FREE),
          BlockTile.small(64, Symmetry.SYMMETRIC, ScaleSign.POSITIVE),
          BlockTile.small(64, Symmetry.ASYMMETRIC, ScaleSign.POSITIVE));
  private final RowTile row = new RowTile(1024);
  private final byte[] data = new byte[1024];

  WarmUp(Kernel kernel, Kernel rival) {
    this.kernel = kernel;
    this.rival = rival;
    int random = 1;
    for (int i = 0; i < row.values.length; i++) {
      // Numbers that were quantized before would take the longer way of ties.
      random = random * 1103515245 + 12345;
      row.values[i] = random * 0x1p-34f;
    }
    tiles.forEach(tile -> System.arraycopy(row.values, 0, tile.values, 0, tile.values.length));
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
    for (BlockTile tile : tiles) {
      tried.measure(tile);
      tried.span(tile);
      tried.search(tile);
      tried.pack(tile, data, 0);
    }
    tried.magnitudeBits(row);
    tried.pack(row, data, 0);
    return System.nanoTime() - start;
  }
}
