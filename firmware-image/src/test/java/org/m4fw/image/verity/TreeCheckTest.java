package org.m4fw.image.verity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.lang.foreign.MemorySegment;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.m4fw.base.digest.Digest;

/** A tree of three levels over hashes that stand for 20,000 data blocks. */
class TreeCheckTest {
  private static final int BLOCKS = 20_000;
  private static final TreeShape SHAPE = TreeShape.of(BLOCKS * 4096L);
  private static final byte[] HASHES = new byte[BLOCKS * TreeShape.HASH];
  private static final byte[] TREE = new byte[(int) SHAPE.length()];
  private static Digest digest;

  @BeforeAll
  static void build() {
    new Random(1).nextBytes(HASHES);
    TreeBuilder builder =
        new TreeBuilder(
            SHAPE, (offset, part) -> System.arraycopy(part, 0, TREE, (int) offset, part.length));
    builder.append(HASHES);
    digest = builder.finish();
  }

  @Test
  void wholeTreeMatches() {
    TreeCheck check = new TreeCheck(SHAPE, MemorySegment.ofArray(TREE));
    assertEquals(digest, check.digest());
    assertEquals(OptionalLong.empty(), check.firstWrongUpperBlock());
    assertEquals(OptionalLong.empty(), check.firstWrongLeafBlock(0, BLOCKS));
    assertEquals(OptionalLong.empty(), check.firstWrongDataBlock(0, HASHES));
  }

  @Test
  void flipInTheRootLevelChangesTheDigest() {
    assertNotEquals(digest, flippedAt(5).digest());
  }

  @Test
  void flipInTheMiddleLevelIsFound() {
    assertEquals(OptionalLong.of(8192), flippedAt(8192 + 77).firstWrongUpperBlock());
  }

  @Test
  void flipInALeafBlockIsFound() {
    long leaf = SHAPE.upperLength() + 3 * 4096;
    assertEquals(OptionalLong.of(leaf), flippedAt((int) leaf).firstWrongLeafBlock(0, BLOCKS));
    assertEquals(OptionalLong.of(leaf), flippedAt((int) leaf).firstWrongLeafBlock(384, 128));
    assertEquals(OptionalLong.empty(), flippedAt((int) leaf).firstWrongLeafBlock(0, 384));
  }

  @Test
  void flipInThePaddingOfTheLastLeafBlockIsFound() {
    assertEquals(
        OptionalLong.of(TREE.length - 4096),
        flippedAt(TREE.length - 1).firstWrongLeafBlock(BLOCKS - 1, 1));
  }

  @Test
  void otherDataIsFound() {
    byte[] hashes = new byte[64];
    System.arraycopy(HASHES, 640, hashes, 0, 64);
    hashes[40] ^= 1;
    TreeCheck check = new TreeCheck(SHAPE, MemorySegment.ofArray(TREE));
    assertEquals(OptionalLong.of(21), check.firstWrongDataBlock(20, hashes));
  }

  private static TreeCheck flippedAt(int at) {
    byte[] tree = TREE.clone();
    tree[at] ^= 4;
    return new TreeCheck(SHAPE, MemorySegment.ofArray(tree));
  }
}
