package org.m4fw.quantizer.kernel;

import org.m4fw.graph.ir.Encoding;

/** Exercises those parts of a kernel that one use needs, until they are faster than another's. */
final class WarmUp {
  private static final int ROUNDS = 10;
  private static final int NUMBERS = 1024;
  private static final long PATIENCE_NANOS = 20_000_000_000L;

  private final Kernel kernel;
  private final Kernel rival;
  private final Exercise exercise;

  private interface Exercise {
    void run(Kernel kernel);
  }

  WarmUp(Kernel kernel, Kernel rival, KernelUse use) {
    this.kernel = kernel;
    this.rival = rival;
    this.exercise =
        switch (use.encoding()) {
          case Encoding.Int8PerChannel int8 -> rows(use);
          case Encoding.Int4Blocks int4 -> blocks(use, int4);
          case Encoding.Plain plain -> throw new IllegalArgumentException("needs no kernel");
        };
  }

  private static Exercise rows(KernelUse use) {
    RowTile row = new RowTile(use.dtype(), NUMBERS);
    StoredNumbers numbers = row.stored.orElseGet(() -> new StoredNumbers(use.dtype(), NUMBERS));
    fill(numbers);
    numbers.widen(row.values);
    row.scale = 0x1p-6f;
    row.inverse = 0x1p6f;
    byte[] data = new byte[NUMBERS];
    return tried -> {
      tried.magnitudeBits(row);
      tried.pack(row, data, 0);
    };
  }

  private static Exercise blocks(KernelUse use, Encoding.Int4Blocks encoding) {
    BlockTile tile = BlockTile.small(use, encoding);
    fill(tile.numbers);
    fill(tile.weights);
    byte[] data = new byte[tile.packedBytes()];
    return tried -> {
      tried.measure(tile);
      switch (use.choice()) {
        case ABSMAX -> tried.span(tile);
        case SEARCH -> tried.search(tile);
      }
      tried.pack(tile, data, 0);
    };
  }

  /** Numbers that were quantized before would take the longer way of ties. */
  private static void fill(StoredNumbers numbers) {
    int random = 1;
    for (int i = 0; i < numbers.words.length; i++) {
      random = random * 1103515245 + 12345;
      // Around a quarter in all three types.
      numbers.words[i] = (random & 0x83ff83ff) | 0x34003400;
    }
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
    exercise.run(tried);
    return System.nanoTime() - start;
  }
}
