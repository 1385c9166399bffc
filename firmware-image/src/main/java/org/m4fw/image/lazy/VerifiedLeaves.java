package org.m4fw.image.lazy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.m4fw.base.digest.Digest;
import org.m4fw.image.ImageError;
import org.m4fw.image.ImageFile;
import org.m4fw.image.Section;
import org.m4fw.image.verity.FsVerity;
import org.m4fw.image.verity.TreeCheck;
import org.m4fw.image.verity.TreeShape;

/**
 * The hashes of a section's blocks, from a Merkle tree that is verified as far as it is needed. The
 * levels above the leaves are copied and checked at once, a 16384th of the section; a block of
 * leaves when one of its hashes is asked for. Only copies are trusted, as others may be able to
 * change the file.
 */
final class VerifiedLeaves {
  /** Blocks of leaves that are kept, each for 512 KiB of data. */
  private static final int KEPT = 64;

  private final ImageFile image;
  private final Section section;
  private final TreeShape shape;
  private final MemorySegment tree;
  private final byte[] upper;
  private final Map<Long, byte[]> kept =
      new LinkedHashMap<>(KEPT, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, byte[]> eldest) {
          return size() > KEPT;
        }
      };

  VerifiedLeaves(ImageFile image, Section section) {
    this.image = image;
    this.section = section;
    this.shape = TreeShape.of(section.length());
    this.tree = image.tree(section);
    if (shape.levelBlocks().isEmpty()) {
      this.upper = new byte[0];
      return;
    }
    this.upper = copy(0, Math.max(shape.upperLength(), TreeShape.BLOCK));
    TreeCheck check = new TreeCheck(shape, MemorySegment.ofArray(upper));
    Digest found = check.digest();
    if (!found.equals(section.fsv())) {
      throw ImageError.ROOT_MISMATCH.at(image.path(), item(), found, section.fsv());
    }
    OptionalLong wrong = check.firstWrongUpperBlock();
    if (wrong.isPresent()) {
      throw corrupt(wrong.getAsLong());
    }
  }

  /** Whether a data block is what the tree says; its last bytes may be missing. */
  boolean matches(long block, byte[] data) {
    byte[] hash = FsVerity.blockHashes(data, data.length);
    if (shape.levelBlocks().isEmpty()) {
      return TreeCheck.digestWithoutTree(hash, section.length()).equals(section.fsv());
    }
    byte[] leaves = leaves(block / TreeShape.FAN_OUT);
    int at = (int) (block % TreeShape.FAN_OUT) * TreeShape.HASH;
    return Arrays.equals(hash, 0, TreeShape.HASH, leaves, at, at + TreeShape.HASH);
  }

  private synchronized byte[] leaves(long number) {
    byte[] before = kept.get(number);
    if (before != null) {
      return before;
    }
    long at = shape.upperLength() + number * TreeShape.BLOCK;
    byte[] block = copy(at, TreeShape.BLOCK);
    int levels = shape.levelBlocks().size();
    byte[] stated;
    if (levels == 1) {
      stated = FsVerity.blockHashes(upper, upper.length);
    } else {
      int parent = (int) (shape.levelOffset(levels - 2) + number * TreeShape.HASH);
      stated = Arrays.copyOfRange(upper, parent, parent + TreeShape.HASH);
    }
    if (!Arrays.equals(stated, FsVerity.blockHashes(block, block.length))) {
      throw corrupt(at);
    }
    kept.put(number, block);
    return block;
  }

  private byte[] copy(long offset, long length) {
    return tree.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
  }

  private RuntimeException corrupt(long at) {
    return ImageError.TREE_CORRUPT.at(image.path(), item(), at);
  }

  private String item() {
    return "section " + section.id();
  }
}
