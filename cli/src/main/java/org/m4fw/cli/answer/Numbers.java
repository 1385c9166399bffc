package org.m4fw.cli.answer;

import java.nio.charset.StandardCharsets;
import org.m4fw.base.digest.Digest;

/**
 * A sequence of 64-bit numbers that follows from a name: SplitMix64 (Steele, Lea, Flood: "Fast
 * splittable pseudorandom number generators", 2014), begun with the first eight bytes of the name's
 * SHA-256, big-endian. A device computes it in four lines.
 */
final class Numbers {
  private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;
  private long state;

  Numbers(String name) {
    String start = Digest.of(name.getBytes(StandardCharsets.UTF_8)).hex().substring(0, 16);
    state = Long.parseUnsignedLong(start, 16);
  }

  long next() {
    state += GOLDEN_GAMMA;
    long mixed = (state ^ (state >>> 30)) * 0xBF58476D1CE4E5B9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
    return mixed ^ (mixed >>> 31);
  }

  /** At least 0 and less than {@code bound}. */
  long below(long bound) {
    return (next() >>> 1) % bound;
  }

  /** At least −1 and less than 1, a multiple of 2^−23: exact as a float. */
  float unit() {
    return (next() >>> 40) * 0x1p-23f - 1;
  }
}
