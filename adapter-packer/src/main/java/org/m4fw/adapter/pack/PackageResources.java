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
      matrices = Math.addExact(matrices, point.rank() * (point.in() + point.out()));
      macs = Math.addExact(macs, point.rank() * ((point.table() ? 0 : point.in()) + point.out()));
    }
    long others =
        switch (method) {
          case PackageMethod.Virtual virtual -> virtual.tokens() * virtual.numbers();
          case PackageMethod.LowRank lora ->
              lora.scaled() ? points.stream().mapToLong(PackageContent.Point::out).sum() : 0;
        };
    for (PackageContent.Head head : heads) {
      others += head.shape().stream().reduce(1L, (a, b) -> a * b);
    }
    long parameters = matrices + others;
    return new PackageResources(parameters, HALF * parameters, macs);
  }
}
