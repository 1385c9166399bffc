package org.m4fw.image.delta;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.OptionalLong;
import org.m4fw.base.digest.Digest;
import org.m4fw.image.ImageError;
import org.m4fw.image.ImageFile;
import org.m4fw.image.Section;
import org.m4fw.image.verity.FsVerity;
import org.m4fw.image.verity.TreeCheck;
import org.m4fw.image.verity.TreeShape;

/** The hashes of a section's blocks as its Merkle tree has them, the tree itself checked. */
final class LeafHashes {
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final MemorySegment hashes;
  private final long count;

  private LeafHashes(MemorySegment hashes, long count) {
    this.hashes = hashes;
    this.count = count;
  }

  /**
   * The hashes of a section.
   *
   * @throws org.m4fw.base.problem.ProblemException with an {@link ImageError} if tree and manifest
   *     disagree
   */
  static LeafHashes of(ImageFile image, Section section) {
    TreeShape shape = TreeShape.of(section.length());
    String item = "section " + section.id();
    if (shape.levelBlocks().isEmpty()) {
      byte[] bytes = image.section(section.id()).bytes().toArray(ValueLayout.JAVA_BYTE);
      byte[] hash = FsVerity.blockHashes(bytes, bytes.length);
      digest(image, section, TreeCheck.digestWithoutTree(hash, section.length()));
      return new LeafHashes(MemorySegment.ofArray(hash), shape.dataBlocks());
    }
    MemorySegment tree = image.tree(section);
    TreeCheck check = new TreeCheck(shape, tree);
    digest(image, section, check.digest());
    OptionalLong wrong = check.firstWrongUpperBlock();
    if (wrong.isEmpty()) {
      wrong = check.firstWrongLeafBlock(0, shape.dataBlocks());
    }
    if (wrong.isPresent()) {
      throw ImageError.TREE_CORRUPT.at(image.path(), item, wrong.getAsLong());
    }
    return new LeafHashes(tree.asSlice(shape.upperLength()), shape.dataBlocks());
  }

  private static void digest(ImageFile image, Section section, Digest found) {
    if (!found.equals(section.fsv())) {
      throw ImageError.ROOT_MISMATCH.at(
          image.path(), "section " + section.id(), found, section.fsv());
    }
  }

  /** The number of blocks. */
  long count() {
    return count;
  }

  /** The first bytes of a hash, which are as good as random. */
  long start(long block) {
    return hashes.get(LONG, block * TreeShape.HASH);
  }

  boolean same(long block, LeafHashes other, long otherBlock) {
    return block < count
        && otherBlock < other.count
        && MemorySegment.mismatch(
                hashes,
                block * TreeShape.HASH,
                (block + 1) * TreeShape.HASH,
                other.hashes,
                otherBlock * TreeShape.HASH,
                (otherBlock + 1) * TreeShape.HASH)
            < 0;
  }

  /** Whether a block has the hash that the tree says. */
  boolean matches(long block, byte[] hash) {
    MemorySegment stated = hashes.asSlice(block * TreeShape.HASH, TreeShape.HASH);
    return stated.mismatch(MemorySegment.ofArray(hash)) < 0;
  }
}
