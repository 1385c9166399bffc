package org.m4fw.adapter.pack;

import java.util.List;

/**
 * What an adapter takes beside its base. Follows from its shapes, and is written down for whoever
 * plans without reading these.
 *
 * @param parameters trained numbers
 * @param bytes that it takes resident, in 16-bit numbers
 * @param macs multiply-accumulates that it adds for each token that passes
 */
public record PackageResources(long parameters, long bytes, long macs) {
  private static final int HALF = 2;

  static PackageResources of(
      List<PackageContent.Point> points, List<PackageContent.Head> heads, PackageMethod method) {
    long matrices = 0;
    long macs = 0;
    for (PackageContent.Point point : points) {
      matrices = plus(matrices, point.rank() * (point.in() + point.out()));
      macs = plus(macs, point.rank() * ((point.table() ? 0 : point.in()) + point.out()));
    }
    long others =
        switch (method) {
          case PackageMethod.Virtual virtual -> virtual.tokens() * virtual.numbers();
          case PackageMethod.LowRank lora ->
              lora.scaled() ? points.stream().mapToLong(PackageContent.Point::out).sum() : 0;
        };
    for (PackageContent.Head head : heads) {
      others = plus(others, head.shape().stream().reduce(1L, PackageResources::times));
    }
    long parameters = plus(matrices, others);
    return new PackageResources(parameters, times(HALF, parameters), macs);
  }

  /** Shapes in manifests may say anything: what is too large to count is as large as can be. */
  private static long plus(long a, long b) {
    return a > Long.MAX_VALUE - b ? Long.MAX_VALUE : a + b;
  }

  private static long times(long a, long b) {
    return b != 0 && a > Long.MAX_VALUE / b ? Long.MAX_VALUE : a * b;
  }
}
