package org.m4fw.image.verity;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The geometry of the Merkle tree over a number of bytes, as fs-verity has it: SHA-256, blocks of
 * 4096 bytes, 128 hashes per block, levels stored root first. Data of at most one block has no
 * levels: its root is the hash of the block.
 *
 * @param dataLength in bytes
 * @param levelBlocks the number of blocks of each level, the root level (one block) first
 */
public record TreeShape(long dataLength, List<Long> levelBlocks) {
  public static final int BLOCK = 4096;
  public static final int HASH = 32;

  /** Hashes in a block. */
  public static final int FAN_OUT = BLOCK / HASH;

  public static TreeShape of(long dataLength) {
    if (dataLength < 0) {
      throw new IllegalArgumentException("negative length " + dataLength);
    }
    List<Long> levels = new ArrayList<>();
    for (long blocks = ceiling(dataLength, BLOCK); blocks > 1; ) {
      blocks = ceiling(blocks, FAN_OUT);
      levels.add(blocks);
    }
    Collections.reverse(levels);
    return new TreeShape(dataLength, List.copyOf(levels));
  }

  /** The number of data blocks, the last one perhaps not full. */
  public long dataBlocks() {
    return ceiling(dataLength, BLOCK);
  }

  /** Of the whole tree, in bytes. */
  public long length() {
    return levelBlocks.stream().mapToLong(Long::longValue).sum() * BLOCK;
  }

  /** Where a level begins in the tree, in bytes; level 0 is the root's. */
  public long levelOffset(int level) {
    return levelBlocks.subList(0, level).stream().mapToLong(Long::longValue).sum() * BLOCK;
  }

  /** Of all levels above the leaves, in bytes. */
  public long upperLength() {
    return levelBlocks.isEmpty() ? 0 : levelOffset(levelBlocks.size() - 1);
  }

  private static long ceiling(long value, long divisor) {
    return value / divisor + (value % divisor == 0 ? 0 : 1);
  }
}
