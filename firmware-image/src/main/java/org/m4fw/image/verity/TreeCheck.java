package org.m4fw.image.verity;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.OptionalLong;
import org.m4fw.base.digest.Digest;

/**
 * Checks a stored Merkle tree against a file digest, and data against the tree. Each check takes
 * the ones before it for granted: root, upper levels, leaf blocks, data.
 */
public final class TreeCheck {
  private final TreeShape shape;
  private final MemorySegment tree;

  /**
   * A tree to be checked.
   *
   * @param tree exactly {@link TreeShape#length} bytes
   */
  public TreeCheck(TreeShape shape, MemorySegment tree) {
    this.shape = shape;
    this.tree = tree;
  }

  /**
   * The file digest to which the root level leads. Data without levels has its root in no tree; see
   * {@link #digestWithoutTree}.
   */
  public Digest digest() {
    return FsVerity.digest(hashOf(0), shape.dataLength());
  }

  /** The digest of data of at most one block. */
  public static Digest digestWithoutTree(byte[] blockHash, long dataLength) {
    return FsVerity.digest(dataLength == 0 ? new byte[TreeShape.HASH] : blockHash, dataLength);
  }

  /**
   * The offset in the tree of the first block between root and leaves that its parent contradicts;
   * empty if there is none.
   */
  public OptionalLong firstWrongUpperBlock() {
    for (long at = TreeShape.BLOCK; at < shape.upperLength(); at += TreeShape.BLOCK) {
      if (!matchesParent(at)) {
        return OptionalLong.of(at);
      }
    }
    return OptionalLong.empty();
  }

  /** The same for the leaf blocks that hold the hashes of some data blocks. */
  public OptionalLong firstWrongLeafBlock(long firstDataBlock, long dataBlocks) {
    long end = leafOffset(firstDataBlock + dataBlocks - 1);
    for (long at = leafOffset(firstDataBlock) / TreeShape.BLOCK * TreeShape.BLOCK;
        at <= end;
        at += TreeShape.BLOCK) {
      if (at > 0 && !matchesParent(at)) {
        return OptionalLong.of(at);
      }
    }
    return OptionalLong.empty();
  }

  /**
   * The first data block whose hash is not the one in the tree; empty if all are.
   *
   * @param hashes of consecutive data blocks
   */
  public OptionalLong firstWrongDataBlock(long firstDataBlock, byte[] hashes) {
    MemorySegment stored = tree.asSlice(leafOffset(firstDataBlock), hashes.length);
    long different = stored.mismatch(MemorySegment.ofArray(hashes));
    return different < 0
        ? OptionalLong.empty()
        : OptionalLong.of(firstDataBlock + different / TreeShape.HASH);
  }

  private long leafOffset(long dataBlock) {
    return shape.upperLength() + dataBlock * TreeShape.HASH;
  }

  /** The blocks of the tree in storage order are the hashes' order too, one level further up. */
  private boolean matchesParent(long block) {
    long levelStart = 0;
    long parentStart = 0;
    int level = 0;
    while (block >= levelStart + shape.levelBlocks().get(level) * TreeShape.BLOCK) {
      parentStart = levelStart;
      levelStart += shape.levelBlocks().get(level) * TreeShape.BLOCK;
      level++;
    }
    long hashAt = parentStart + (block - levelStart) / TreeShape.BLOCK * TreeShape.HASH;
    return tree.asSlice(hashAt, TreeShape.HASH).mismatch(MemorySegment.ofArray(hashOf(block))) < 0;
  }

  private byte[] hashOf(long block) {
    byte[] bytes = tree.asSlice(block, TreeShape.BLOCK).toArray(ValueLayout.JAVA_BYTE);
    return FsVerity.blockHashes(bytes, bytes.length);
  }
}
