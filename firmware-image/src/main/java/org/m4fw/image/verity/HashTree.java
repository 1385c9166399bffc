package org.m4fw.image.verity;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.stream.IntStream;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.file.OutputFile;
import org.m4fw.base.work.OrderedWork;

/**
 * The Merkle tree of a whole file, for devices whose kernel checks it. Without a salt, dm-verity
 * (format 1, SHA-256, blocks of 4096 bytes) and fs-verity have the same tree, stored the same way,
 * the root's level first; they differ in what they make of the root.
 *
 * @param root the hash of the root's block
 * @param shape the tree's geometry
 */
public record HashTree(Digest root, TreeShape shape) {
  /** 128 data blocks hashed in one piece give one leaf block. */
  private static final int PIECE = 2 * TreeShape.FAN_OUT * TreeShape.BLOCK;

  /**
   * Computes the tree and appends it to a file.
   *
   * @param data a whole number of blocks, at least two, as block devices have them
   */
  public static HashTree write(MemorySegment data, OutputFile target, OrderedWork work) {
    TreeShape shape = TreeShape.of(data.byteSize());
    if (data.byteSize() % TreeShape.BLOCK != 0 || shape.levelBlocks().isEmpty()) {
      throw new IllegalArgumentException("not a block device: %s".formatted(data.byteSize()));
    }
    long start = target.position();
    TreeBuilder builder =
        new TreeBuilder(
            shape, (offset, part) -> target.write(start + offset, ByteBuffer.wrap(part)));
    int pieces = Math.toIntExact((data.byteSize() + PIECE - 1) / PIECE);
    work.run(
        () -> IntStream.range(0, pieces).iterator(),
        piece -> {
          long from = (long) piece * PIECE;
          byte[] bytes =
              data.asSlice(from, Math.min(PIECE, data.byteSize() - from))
                  .toArray(ValueLayout.JAVA_BYTE);
          return FsVerity.blockHashes(bytes, bytes.length);
        },
        builder::append);
    return new HashTree(Digest.ofBytes(builder.finishRoot()), shape);
  }
}
