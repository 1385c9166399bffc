package org.m4fw.image;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.m4fw.base.problem.Problem;
import org.m4fw.image.verity.TreeShape;
import tools.jackson.databind.node.ObjectNode;

/** Manifests that point to the wrong places, each in an otherwise good image. */
class PlacesTest {
  @TempDir static Path directory;
  private static byte[] good = new byte[0];

  @BeforeAll
  static void write() {
    good = Forge.good(directory);
  }

  @Test
  void sectionPastTheEndIsRejected() {
    assertSection(ImageError.SECTION_OUT_OF_BOUNDS, s -> s.put("offset", 1L << 40));
    assertSection(ImageError.SECTION_OUT_OF_BOUNDS, s -> s.put("offset", (1L << 53) - 16384));
    assertSection(ImageError.SECTION_OUT_OF_BOUNDS, s -> s.put("tree_offset", 1L << 52));
  }

  @Test
  void sectionOfEnormousLengthIsRejected() {
    long length = (1L << 53) - 1;
    long tree = TreeShape.of(length).length();
    assertSection(
        ImageError.SECTION_OUT_OF_BOUNDS, s -> s.put("length", length).put("tree_length", tree));
  }

  @Test
  void negativeOffsetIsRejected() {
    assertSection(ImageError.MANIFEST_FIELD, s -> s.put("offset", -16384));
    assertSection(ImageError.MANIFEST_FIELD, s -> s.put("length", -1));
  }

  @Test
  void sectionInsideHeaderOrEnvelopeIsRejected() {
    assertSection(ImageError.SECTION_OUT_OF_BOUNDS, s -> s.put("offset", 0));
    assertSection(ImageError.SECTION_OUT_OF_BOUNDS, s -> s.put("tree_offset", 8192));
  }

  @Test
  void misalignedSectionIsRejected() {
    assertSection(
        ImageError.SECTION_MISALIGNED, s -> s.put("offset", s.get("offset").longValue() + 4096));
    assertSection(
        ImageError.SECTION_MISALIGNED,
        s -> s.put("tree_offset", s.get("tree_offset").longValue() + 1));
  }

  @Test
  void sectionsThatOverlapAreRejected() {
    long first = Forge.sections(good).getFirst().offset();
    Problem problem =
        Forge.refusal(Forge.withSection(good, 2, section -> section.put("offset", first)));
    assertEquals(ImageError.SECTION_OVERLAP, problem.code());
  }

  @Test
  void sectionInsideItsTreeIsRejected() {
    List<Section> sections = Forge.sections(good);
    Problem problem =
        Forge.refusal(
            Forge.withSection(
                good, 2, section -> section.put("tree_offset", sections.get(0).treeOffset())));
    assertEquals(ImageError.SECTION_OVERLAP, problem.code());
  }

  @Test
  void sectionOverTheDirectoryIsRejected() {
    Section last = Forge.sections(good).getLast();
    assertEquals(
        ImageError.SECTION_OUT_OF_BOUNDS,
        Forge.refusal(
                Forge.withSection(good, 2, section -> section.put("length", last.length() + 1)))
            .code());
  }

  @Test
  void sectionOffItsCanonicalPlaceIsRejected() {
    long place = Forge.sections(good).get(1).treeOffset();
    Problem later =
        Forge.refusal(
            Forge.withSection(good, 1, section -> section.put("tree_offset", place + 4096)));
    assertEquals(ImageError.SECTION_MISPLACED, later.code());
    Problem earlier =
        Forge.refusal(
            Forge.withSection(good, 1, section -> section.put("tree_offset", place - 4096)));
    assertEquals(ImageError.SECTION_OVERLAP, earlier.code());
  }

  @Test
  void treeOfAnotherLengthIsRejected() {
    assertSection(ImageError.TREE_LENGTH, s -> s.put("tree_length", 8192));
    assertSection(ImageError.TREE_LENGTH, s -> s.put("tree_length", 0));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"file_size", "envelope_slot", "first_section_offset", "central_directory_length"})
  void layoutThatLiesIsRejected(String name) {
    Problem problem = Forge.refusal(withLayout(name, ImageDraft.SMALL_SLOT + 4096));
    assertEquals(ImageError.LAYOUT_FIELD, problem.code());
    assertEquals("manifest: layout." + name, problem.item());
  }

  @Test
  void directoryOffItsCanonicalPlaceIsRejected() {
    long place = Forge.structure(good).manifest().layout().centralDirectoryOffset();
    assertEquals(
        ImageError.SECTION_OUT_OF_BOUNDS,
        Forge.refusal(withLayout("central_directory_offset", 1L << 50)).code());
    assertEquals(
        ImageError.SECTION_OUT_OF_BOUNDS,
        Forge.refusal(withLayout("central_directory_offset", place - 1)).code());
    assertEquals(
        ImageError.LAYOUT_FIELD,
        Forge.refusal(withLayout("central_directory_offset", place + 1)).code());
  }

  @Test
  void crcOtherThanTheLocalHeadersIsRejected() {
    assertSection(ImageError.FRAMING_DIFFERS, s -> s.put("crc32", 1));
    assertSection(ImageError.FRAMING_DIFFERS, s -> s.put("tree_crc32", 1));
  }

  @Test
  void nameOtherThanTheLocalHeadersIsRejected() {
    assertSection(ImageError.FRAMING_DIFFERS, s -> s.put("name", "model.onnx.dat_"));
  }

  private static byte[] withLayout(String name, long value) {
    return Forge.withManifest(good, m -> ((ObjectNode) m.get("layout")).put(name, value));
  }

  private static void assertSection(ImageError expected, Consumer<ObjectNode> edit) {
    Problem problem = Forge.refusal(Forge.withSection(good, 0, edit));
    assertEquals(expected, problem.code(), problem.toString());
  }
}
