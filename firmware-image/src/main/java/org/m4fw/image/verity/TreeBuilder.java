package org.m4fw.image.verity;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import org.m4fw.base.digest.Digest;

/**
 * Builds a Merkle tree from the hashes of the data blocks as they come. Leaf blocks are handed on
 * at once; kept are only the levels above, 32 bytes for each 512 KiB of data.
 */
public final class TreeBuilder {

  /** Takes finished parts of the tree, in any order. */
  public interface Sink {
    /**
     * Takes a part.
     *
     * @param offset in the tree, in bytes
     */
    void put(long offset, byte[] bytes);
  }

  private final TreeShape shape;
  private final Sink sink;
  private final ByteArrayOutputStream above = new ByteArrayOutputStream();
  private long leafAt;

  public TreeBuilder(TreeShape shape, Sink sink) {
    this.shape = shape;
    this.sink = sink;
    this.leafAt = shape.upperLength();
  }

  /**
   * Takes the hashes of the next data blocks: those of a multiple of 128 blocks, or of the last.
   */
  public void append(byte[] hashes) {
    if (shape.levelBlocks().isEmpty()) {
      above.writeBytes(hashes);
      return;
    }
    byte[] blocks = wholeBlocks(hashes);
    sink.put(leafAt, blocks);
    leafAt += blocks.length;
    above.writeBytes(FsVerity.blockHashes(blocks, blocks.length));
  }

  /** Hands on the upper levels and gives the file digest. */
  public Digest finish() {
    return FsVerity.digest(finishRoot(), shape.dataLength());
  }

  /** Hands on the upper levels and gives the root: the hash of the root's block. */
  byte[] finishRoot() {
    byte[] hashes = above.toByteArray();
    for (int level = shape.levelBlocks().size() - 2; level >= 0; level--) {
      byte[] blocks = wholeBlocks(hashes);
      sink.put(shape.levelOffset(level), blocks);
      hashes = FsVerity.blockHashes(blocks, blocks.length);
    }
    return shape.dataLength() == 0 ? new byte[TreeShape.HASH] : hashes;
  }

  private static byte[] wholeBlocks(byte[] hashes) {
    int missing = Math.floorMod(-hashes.length, TreeShape.BLOCK);
    return missing == 0 ? hashes : Arrays.copyOf(hashes, hashes.length + missing);
  }
}
