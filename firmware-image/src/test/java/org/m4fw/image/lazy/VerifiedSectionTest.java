package org.m4fw.image.lazy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.file.FileError;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.image.ImageError;
import org.m4fw.image.ImageFile;
import org.m4fw.image.Section;
import org.m4fw.image.SectionSource;
import org.m4fw.image.SectionSpec;
import org.m4fw.image.delta.Deltas;

/** Reading by verified blocks, and item 44 of the hostile inputs. */
final class VerifiedSectionTest {
  private static final int BLOCK = 4096;

  /** Five blocks of leaves and a part of one, so that the tree has two levels. */
  private static final byte[] WEIGHTS = Deltas.random(5 * 128 * BLOCK + 77, 1);

  private static final byte[] SMALL = Deltas.random(99, 2);

  @TempDir Path directory;
  private Path path = Path.of("");

  @BeforeEach
  void image() throws IOException {
    path =
        Deltas.image(
            directory.resolve("image"),
            1,
            0,
            List.of(section("w", WEIGHTS), section("s", SMALL), section("e", new byte[0])));
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-r--r--"));
  }

  private static SectionSource section(String id, byte[] bytes) {
    return SectionSource.of(
        new SectionSpec(id, "weights", "", List.of(), "a/b", "data.bin"), bytes);
  }

  private static void refused(ErrorCode code, Runnable action) {
    ProblemException e = assertThrows(ProblemException.class, action::run);
    assertEquals(code, e.problem().code(), e.problem().text());
  }

  private static byte[] read(VerifiedSection section, long offset, long length) {
    return section.slice(offset, length).toArray(ValueLayout.JAVA_BYTE);
  }

  /** Flips a bit in the file. */
  private void damage(long offset) throws IOException {
    try (FileChannel channel =
        FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer one = ByteBuffer.allocate(1);
      channel.read(one, offset);
      one.put(0, (byte) (one.get(0) ^ 4)).flip();
      channel.write(one, offset);
    }
  }

  private Section place(String id) {
    try (ImageFile image = ImageFile.open(path)) {
      return image.section(id).section();
    }
  }

  @Test
  void bytesAreThoseOfTheSectionInBothModes() {
    try (ImageFile image = ImageFile.open(path)) {
      for (VerifiedSection section :
          List.of(VerifiedSection.copied(image, "w"), VerifiedSection.shared(image, "w"))) {
        for (long[] range :
            new long[][] {
              {0, 1}, {BLOCK - 1, 2}, {5 * BLOCK + 7, 3 * BLOCK}, {WEIGHTS.length - 77, 77}, {9, 0}
            }) {
          assertArrayEquals(
              Arrays.copyOfRange(WEIGHTS, (int) range[0], (int) (range[0] + range[1])),
              read(section, range[0], range[1]));
        }
        assertThrows(IndexOutOfBoundsException.class, () -> section.slice(WEIGHTS.length - 1, 2));
        assertThrows(IndexOutOfBoundsException.class, () -> section.slice(Long.MAX_VALUE, 2));
      }
    }
  }

  @Test
  void sectionsWithoutATreeAreVerifiedToo() throws IOException {
    damage(place("s").offset() + 98);
    try (ImageFile image = ImageFile.open(path)) {
      refused(ImageError.DATA_CORRUPT, () -> VerifiedSection.copied(image, "s").slice(0, 1));
      assertEquals(0, VerifiedSection.copied(image, "e").slice(0, 0).byteSize());
    }
  }

  @Test
  void onlyTheBlockThatIsDamagedIsRefused() throws IOException {
    damage(place("w").offset() + 300 * BLOCK + 5);
    try (ImageFile image = ImageFile.open(path)) {
      for (VerifiedSection section :
          List.of(VerifiedSection.copied(image, "w"), VerifiedSection.shared(image, "w"))) {
        read(section, 299 * BLOCK, BLOCK);
        read(section, 301 * BLOCK, BLOCK);
        refused(ImageError.DATA_CORRUPT, () -> section.slice(300 * BLOCK + 4095, 1));
        refused(ImageError.DATA_CORRUPT, () -> section.slice(299 * BLOCK, 2 * BLOCK));
      }
    }
  }

  @Test
  void damagedLeavesAreRefusedWhenTheyAreNeeded() throws IOException {
    Section section = place("w");
    damage(section.treeOffset() + section.treeLength() - 3 * BLOCK);
    try (ImageFile image = ImageFile.open(path)) {
      VerifiedSection view = VerifiedSection.copied(image, "w");
      read(view, 0, BLOCK);
      refused(ImageError.TREE_CORRUPT, () -> view.slice(3 * 128 * BLOCK + 100 * BLOCK, 1));
    }
  }

  @Test
  void damagedUpperLevelsAreRefusedAtOnce() throws IOException {
    Section section = place("w");
    damage(section.treeOffset());
    try (ImageFile image = ImageFile.open(path)) {
      refused(ImageError.ROOT_MISMATCH, () -> VerifiedSection.copied(image, "w"));
    }
  }

  @Test
  void treeOfThreeLevelsIsCheckedFromItsRoot() throws IOException {
    byte[] large = Deltas.random(130 * 128 * BLOCK + 5, 3);
    path = Deltas.image(directory.resolve("large"), 1, 0, List.of(section("w", large)));
    try (ImageFile image = ImageFile.open(path)) {
      VerifiedSection view = VerifiedSection.copied(image, "w");
      int last = large.length - 5 - BLOCK;
      assertArrayEquals(Arrays.copyOfRange(large, last, large.length), read(view, last, BLOCK + 5));
    }
    damage(place("w").treeOffset() + BLOCK);
    try (ImageFile image = ImageFile.open(path)) {
      refused(ImageError.TREE_CORRUPT, () -> VerifiedSection.copied(image, "w"));
    }
  }

  @Test
  void copiesAreVerifiedEachTime() throws IOException {
    try (ImageFile image = ImageFile.open(path)) {
      VerifiedSection view = VerifiedSection.copied(image, "w");
      read(view, 0, BLOCK);
      damage(image.section("w").offset() + 5);
      refused(ImageError.DATA_CORRUPT, () -> view.slice(0, BLOCK));
    }
  }

  @Test
  void fileThatIsReplacedAfterOpeningIsNotLookedAt() throws IOException {
    try (ImageFile image = ImageFile.open(path)) {
      Path other = Files.write(directory.resolve("other"), new byte[100]);
      Files.move(other, path, StandardCopyOption.REPLACE_EXISTING);
      assertArrayEquals(
          Arrays.copyOf(WEIGHTS, BLOCK), read(VerifiedSection.copied(image, "w"), 0, BLOCK));
    }
  }

  @Test
  void fileThatIsCutShortGivesAProblem() throws IOException {
    try (ImageFile image = ImageFile.open(path)) {
      VerifiedSection copied = VerifiedSection.copied(image, "w");
      VerifiedSection shared = VerifiedSection.shared(image, "w");
      try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
        channel.truncate(image.section("w").offset() + BLOCK);
      }
      refused(FileError.CHANGED, () -> copied.slice(100L * BLOCK, BLOCK));
      refused(FileError.CHANGED, () -> shared.slice(100L * BLOCK, BLOCK));
    }
  }

  @Test
  void fileWithAnotherNameIsNotShared() throws IOException {
    Files.createLink(directory.resolve("second"), path);
    try (ImageFile image = ImageFile.open(path)) {
      refused(LazyError.NOT_EXCLUSIVE, () -> VerifiedSection.shared(image, "w"));
    }
  }

  @Test
  void linkIsNotShared() throws IOException {
    Path link = Files.createSymbolicLink(directory.resolve("link"), path);
    try (ImageFile image = ImageFile.open(link)) {
      refused(LazyError.NOT_EXCLUSIVE, () -> VerifiedSection.shared(image, "w"));
    }
  }

  @Test
  void fileThatOthersCanWriteIsNotShared() throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw-r--"));
    try (ImageFile image = ImageFile.open(path)) {
      refused(LazyError.NOT_EXCLUSIVE, () -> VerifiedSection.shared(image, "w"));
    }
  }

  @Test
  void fileWithoutKernelVerityIsRefusedInThatMode() {
    refused(LazyError.NOT_ENFORCED, () -> KernelVerity.require(path, Digest.of(new byte[] {1})));
    refused(
        LazyError.NOT_ENFORCED,
        () -> KernelVerity.require(directory.resolve("none"), Digest.of(new byte[] {1})));
  }
}
