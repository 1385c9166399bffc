package org.m4fw.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.json.CanonicalJson;

class ImageDifferenceTest {
  private static final int LENGTH = 100_000;

  @TempDir Path directory;

  @Test
  void sameInputsAreIdentical() {
    ImageDifference difference =
        difference(Samples.draft(Kind.IMAGE), Samples.sections(), Samples.sections());
    assertTrue(difference.identical());
    assertTrue(difference.identicalButSignatures());
  }

  @Test
  void changedFieldsAreNamed() {
    ImageDraft draft = Samples.draft(Kind.IMAGE);
    ImageDraft other =
        new ImageDraft(
            draft.kind(),
            draft.product(),
            "2.0.0",
            draft.build(),
            draft.rollback(),
            draft.requiredSignatures(),
            draft.development(),
            draft.created(),
            CanonicalJson.node(
                Map.of("components", List.of("backbone", "speech"), "paths", List.of())),
            draft.alignment(),
            draft.minimumSlot());
    ImageDifference difference = difference(other, Samples.sections(), Samples.sections());
    assertFalse(difference.identicalButSignatures());
    assertEquals(
        List.of(
            new ImageDifference.FieldChange(
                "content.components[1]", Optional.empty(), Optional.of("\"speech\"")),
            new ImageDifference.FieldChange("content.paths", Optional.empty(), Optional.of("[]")),
            new ImageDifference.FieldChange(
                "version", Optional.of("\"1.2.3\""), Optional.of("\"2.0.0\""))),
        difference.fields());
    assertEquals(List.of(), difference.sections());
  }

  @Test
  void changedBlocksAreCounted() {
    byte[] data = Samples.random(LENGTH, 1);
    byte[] changed = data.clone();
    changed[5000] ^= 1;
    changed[5001] ^= 1;
    changed[90_000] ^= 1;
    assertEquals(2, changedBlocks(data, changed));
    assertEquals(25 - 12, changedBlocks(data, Arrays.copyOf(data, 12 * 4096)));
    assertEquals(1, changedBlocks(Arrays.copyOf(data, 100), Arrays.copyOf(changed, 99)));
  }

  @Test
  void otherDescriptionOfTheSameBytesIsAChange() {
    byte[] data = Samples.random(100, 1);
    ImageDifference difference =
        difference(
            Samples.draft(Kind.IMAGE),
            List.of(SectionSource.of(Samples.spec("a", "a.bin"), data)),
            List.of(SectionSource.of(Samples.spec("a", "b.bin"), data)));
    var change =
        assertInstanceOf(
            ImageDifference.SectionChange.Changed.class, difference.sections().getFirst());
    assertEquals(0, change.changedBlocks());
    assertEquals("b.bin", change.after().name());
  }

  @Test
  void addedAndRemovedSectionsAreNamed() {
    ImageDifference difference =
        difference(
            Samples.draft(Kind.IMAGE),
            List.of(
                SectionSource.of(Samples.spec("a", "a"), new byte[1]),
                SectionSource.of(Samples.spec("b", "b"), new byte[1])),
            List.of(
                SectionSource.of(Samples.spec("c", "c"), new byte[1]),
                SectionSource.of(Samples.spec("b", "b"), new byte[1])));
    assertEquals(
        List.of("a", "c"),
        difference.sections().stream().map(ImageDifference.SectionChange::id).toList());
    assertInstanceOf(ImageDifference.SectionChange.Removed.class, difference.sections().getFirst());
    assertInstanceOf(ImageDifference.SectionChange.Added.class, difference.sections().getLast());
  }

  /** Damage outside the manifest's reach is still a difference. */
  @Test
  void damagedSectionIsADifference() throws IOException {
    Path a = directory.resolve("a.m4img");
    Path b = directory.resolve("b.m4img");
    SignedImage signed = Samples.write(a);
    byte[] bytes = Files.readAllBytes(a);
    bytes[(int) signed.manifest().sections().getFirst().offset()] ^= 1;
    Files.write(b, bytes);
    try (ImageFile before = ImageFile.open(a);
        ImageFile after = ImageFile.open(b)) {
      assertFalse(ImageDifference.between(before, after).identicalButSignatures());
    }
  }

  private long changedBlocks(byte[] before, byte[] after) {
    SectionSpec spec = Samples.spec("a", "a.bin");
    ImageDifference difference =
        difference(
            Samples.draft(Kind.IMAGE),
            List.of(SectionSource.of(spec, before)),
            List.of(SectionSource.of(spec, after)));
    assertFalse(difference.identicalButSignatures());
    return assertInstanceOf(
            ImageDifference.SectionChange.Changed.class, difference.sections().getFirst())
        .changedBlocks();
  }

  private ImageDifference difference(
      ImageDraft after, List<SectionSource> sectionsBefore, List<SectionSource> sectionsAfter) {
    Path a = directory.resolve("before.m4img");
    Path b = directory.resolve("after.m4img");
    Samples.write(a, Samples.draft(Kind.IMAGE), sectionsBefore);
    Samples.write(b, after, sectionsAfter);
    try (ImageFile first = ImageFile.open(a);
        ImageFile second = ImageFile.open(b)) {
      return ImageDifference.between(first, second);
    }
  }
}
