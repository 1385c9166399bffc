package org.m4fw.image.delta;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.m4fw.image.verity.TreeShape;

/**
 * Consecutive blocks of the new image that come from one place. 16 bytes, little-endian:
 *
 * <pre>
 * source  u32  index in the list of sources; ffffffff if the blocks are literal
 * count   u32  blocks of 4096 bytes, 1 to 2^31-1
 * first   u64  block in the source; 0 if the blocks are literal
 * </pre>
 *
 * @param source {@link #LITERAL}, or the index of a section of the old image
 */
record Run(int source, int count, long first) {
  static final int LITERAL = -1;
  static final int BYTES = 16;

  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  static Run read(MemorySegment runs, long index) {
    long at = index * BYTES;
    return new Run(runs.get(INT, at), runs.get(INT, at + 4), runs.get(LONG, at + 8));
  }

  byte[] encode() {
    return ByteBuffer.allocate(BYTES)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(source)
        .putInt(count)
        .putLong(first)
        .array();
  }

  boolean literal() {
    return source == LITERAL;
  }

  /** Whether a block goes on where this run ends. */
  boolean continues(int otherSource, long block) {
    return source == otherSource
        && count < Integer.MAX_VALUE
        && (literal() || first + count == block);
  }

  Run longer() {
    return new Run(source, count + 1, first);
  }

  /** The bytes that so many blocks have in a section, from a block of it on. */
  static long bytes(long sectionLength, long block, long blocks) {
    long from = block * TreeShape.BLOCK;
    return Math.min(blocks * TreeShape.BLOCK, sectionLength - from);
  }
}
