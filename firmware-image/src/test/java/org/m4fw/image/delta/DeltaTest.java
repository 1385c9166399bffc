package org.m4fw.image.delta;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.image.ImageFile;
import org.m4fw.image.SectionSource;

final class DeltaTest {
  private static final int BLOCK = 4096;
  private static final byte[] WEIGHTS = Deltas.random(3_000_000, 1);

  @TempDir Path directory;

  private byte[] roundTrip(SectionSource[] before, SectionSource[] after) throws IOException {
    Path old = Deltas.image(directory.resolve("old"), 1, before);
    Path wanted = Deltas.image(directory.resolve("new"), 2, after);
    Path delta = directory.resolve("delta");
    Deltas.delta(old, wanted, delta);
    Path made = directory.resolve("made");
    Deltas.apply(old, delta, made);
    assertArrayEquals(Files.readAllBytes(wanted), Files.readAllBytes(made));
    assertEquals(4, files(), "old, new, delta, made and nothing else");
    return Files.readAllBytes(delta);
  }

  private long files() throws IOException {
    try (var files = Files.list(directory)) {
      return files.count();
    }
  }

  @Test
  void oneChangedByteCostsOneBlock() throws IOException {
    Path old = Deltas.image(directory.resolve("old"), 1, Deltas.section("w", WEIGHTS));
    Path changed =
        Deltas.image(
            directory.resolve("new"), 2, Deltas.section("w", Deltas.changed(WEIGHTS, 1_500_000)));
    DeltaWriter.Written written = Deltas.delta(old, changed, directory.resolve("delta"));
    assertEquals(BLOCK, written.newBytes());
    assertTrue(Files.size(written.delta().path()) < 96 << 10);
  }

  @Test
  void appliedDeltaGivesTheVeryBytesOfTheNewImage() throws IOException {
    roundTrip(
        new SectionSource[] {
          Deltas.section("w", WEIGHTS), Deltas.section("t", Deltas.random(300, 2))
        },
        new SectionSource[] {
          Deltas.section("w", Deltas.changed(WEIGHTS, 2_999_999)),
          Deltas.section("t", Deltas.random(301, 3))
        });
  }

  @Test
  void blocksThatMovedToOtherSectionsAreCopied() throws IOException {
    byte[] tail = Arrays.copyOfRange(WEIGHTS, 100 * BLOCK, WEIGHTS.length);
    byte[] delta =
        roundTrip(
            new SectionSource[] {Deltas.section("w", WEIGHTS)},
            new SectionSource[] {
              Deltas.section("added", Deltas.random(5000, 9)),
              Deltas.section("renamed", tail),
              Deltas.section("again", WEIGHTS)
            });
    assertTrue(delta.length < 96 << 10);
  }

  @Test
  void growingShrinkingAndEmptySectionsKeepTheirLengths() throws IOException {
    byte[] shorter = Arrays.copyOf(WEIGHTS, 5 * BLOCK + 17);
    roundTrip(
        new SectionSource[] {
          Deltas.section("grows", shorter),
          Deltas.section("shrinks", WEIGHTS),
          Deltas.section("empties", WEIGHTS),
          Deltas.section("block", Deltas.random(BLOCK, 4))
        },
        new SectionSource[] {
          Deltas.section("grows", Deltas.concatenated(shorter, new byte[BLOCK])),
          Deltas.section("shrinks", shorter),
          Deltas.section("empties", new byte[0]),
          Deltas.section("block", Deltas.random(BLOCK, 4))
        });
  }

  @Test
  void zerosAfterTheEndOfAnOldSectionAreCopiedAsZeros() throws IOException {
    byte[] part = Deltas.random(100, 5);
    byte[] filled = Arrays.copyOf(part, BLOCK);
    byte[] delta =
        roundTrip(
            new SectionSource[] {Deltas.section("w", part)},
            new SectionSource[] {Deltas.section("w", filled)});
    try (Delta opened = Delta.open(directory.resolve("delta"), Progress.silent())) {
      opened.unpackAll(OrderedWork.onThreads(1));
    }
    assertTrue(delta.length > 0);
  }

  @Test
  void imagesWithNothingInCommonAreLiteralsAlone() throws IOException {
    byte[] delta =
        roundTrip(
            new SectionSource[] {Deltas.section("w", WEIGHTS)},
            new SectionSource[] {Deltas.section("w", Deltas.random(3_000_000, 77))});
    assertTrue(delta.length < 3_000_000 * 1.02 + (64 << 10), "" + delta.length);
  }

  @Test
  void compressibleBlocksShrink() throws IOException {
    byte[] delta =
        roundTrip(
            new SectionSource[] {Deltas.section("w", new byte[1])},
            new SectionSource[] {Deltas.section("w", new byte[3_000_000])});
    assertTrue(delta.length < 96 << 10, "" + delta.length);
  }

  @Test
  void sameImagesGiveTheSameDelta() throws IOException {
    Path old = Deltas.image(directory.resolve("old"), 1, Deltas.section("w", WEIGHTS));
    Path changed =
        Deltas.image(
            directory.resolve("new"), 2, Deltas.section("w", Deltas.changed(WEIGHTS, 5000)));
    Path first = directory.resolve("first");
    Path second = directory.resolve("second");
    Deltas.delta(old, changed, first);
    try (ImageFile a = ImageFile.open(old);
        ImageFile b = ImageFile.open(changed)) {
      new DeltaWriter(OrderedWork.onThreads(1), Progress.silent()).write(a, b, second);
    }
    assertArrayEquals(Files.readAllBytes(first), Files.readAllBytes(second));
  }

  @Test
  void anImageWithTheSameSectionsIsAsGoodABase() throws IOException {
    Path old = Deltas.image(directory.resolve("old"), 1, Deltas.section("w", WEIGHTS));
    Path other =
        Deltas.image(
            directory.resolve("other"),
            5,
            Deltas.section("x", WEIGHTS),
            Deltas.section("y", new byte[9]));
    Path changed =
        Deltas.image(directory.resolve("new"), 2, Deltas.section("w", Deltas.changed(WEIGHTS, 9)));
    Path delta = directory.resolve("delta");
    Deltas.delta(old, changed, delta);
    Path made = directory.resolve("made");
    Deltas.apply(other, delta, made);
    assertArrayEquals(Files.readAllBytes(changed), Files.readAllBytes(made));
  }
}
