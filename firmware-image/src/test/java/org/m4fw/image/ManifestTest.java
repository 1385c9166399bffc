package org.m4fw.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.m4fw.base.problem.Problem;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Manifests as an attacker would write them, each in an otherwise good image. */
class ManifestTest {
  @TempDir static Path directory;
  private static byte[] good = new byte[0];

  @BeforeAll
  static void write() {
    good = Forge.good(directory);
  }

  @Test
  void bytesAreTheCanonicalOnes() {
    Manifest manifest = Forge.structure(good).manifest();
    assertArrayEquals(Forge.payload(good), ManifestJson.bytes("image", manifest));
    String text = Forge.payloadText(good);
    assertTrue(text.startsWith("{\"build\":7,\"content\":{\"components\":[\"backbone\"]},"), text);
    assertTrue(
        text.contains(
            "\"required_signatures\":[{\"algorithm\":\"classical\",\"role\":\"release\","
                + "\"threshold\":1},{\"algorithm\":\"post-quantum\",\"role\":\"release\","
                + "\"threshold\":1}]"),
        text);
  }

  @Test
  void unknownTimeIsLeftOut() {
    ImageDraft draft = Samples.draft(Kind.IMAGE);
    ImageDraft timeless =
        new ImageDraft(
            draft.kind(),
            draft.product(),
            draft.version(),
            draft.build(),
            draft.rollback(),
            draft.requiredSignatures(),
            draft.development(),
            OptionalLong.empty(),
            draft.content(),
            draft.alignment(),
            draft.minimumSlot());
    Path path = directory.resolve("timeless.m4img");
    Samples.write(path, timeless, Samples.sections());
    try (ImageFile image = ImageFile.open(path)) {
      assertEquals(OptionalLong.empty(), image.manifest().created());
      String text = new String(image.envelope().payload(), StandardCharsets.UTF_8);
      assertFalse(text.contains("created"), text);
    }
  }

  @Test
  void whatIsNoObjectIsRejected() {
    assertPayload(ImageError.MANIFEST_INVALID, "[]");
    assertPayload(ImageError.MANIFEST_INVALID, "{}");
    assertPayload(ImageError.MANIFEST_INVALID, "");
    assertPayload(ImageError.MANIFEST_INVALID, "[".repeat(3000));
  }

  @Test
  void duplicateKeyIsRejected() {
    assertPayload(
        ImageError.MANIFEST_INVALID, text().replace("{\"build\":7", "{\"build\":7,\"build\":7"));
  }

  @Test
  void trailingBytesAreRejected() {
    assertPayload(ImageError.MANIFEST_INVALID, text() + "{}");
    assertPayload(ImageError.MANIFEST_NOT_CANONICAL, text() + "\n");
  }

  @Test
  void byteOrderMarkIsRejected() {
    assertPayload(ImageError.MANIFEST_NOT_CANONICAL, "\uFEFF" + text());
  }

  @Test
  void invalidUtf8IsRejected() {
    byte[] payload = Forge.payload(good);
    payload[30] = (byte) 0xc0;
    assertEquals(
        ImageError.MANIFEST_INVALID, Forge.refusal(Forge.withPayload(good, payload)).code());
  }

  @Test
  void anotherFormOfTheSameIsRejected() {
    assertPayload(ImageError.MANIFEST_NOT_CANONICAL, text().replace("\"build\":7", "\"build\": 7"));
    assertPayload(ImageError.MANIFEST_NOT_CANONICAL, text().replace("\"index\":5", "\"index\":-0"));
    assertPayload(
        ImageError.MANIFEST_NOT_CANONICAL, text().replace("pixel7pro\",", "\\u0070ixel7pro\","));
    assertPayload(
        ImageError.MANIFEST_NOT_CANONICAL,
        text().replace("\"created\":1700000000", "\"created\":null"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"7.0", "7e0", "1e999999", "9007199254740992", "-1", "\"7\"", "true", "[7]"})
  void numberOtherThanAnIntegerOfTheRangeIsRejected(String number) {
    assertPayload(
        ImageError.MANIFEST_INVALID, text().replace("\"build\":7", "\"build\":" + number));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.5", "1e999999", "9007199254740992", "123456789012345678901234567890"})
  void numberThatHasNoCanonicalFormIsRejectedInTheContentToo(String number) {
    assertPayload(ImageError.MANIFEST_INVALID, text().replace("[\"backbone\"]", number));
  }

  @Test
  void loneSurrogateIsRejected() {
    assertPayload(ImageError.MANIFEST_INVALID, text().replace("[\"backbone\"]", "\"\\udc00\""));
  }

  @Test
  void hugeNumberIsRejectedWithoutBeingRead() {
    assertPayload(
        ImageError.MANIFEST_INVALID,
        text().replace("\"build\":7", "\"build\":" + "7".repeat(2000)));
  }

  @Test
  void unknownFieldIsRejected() {
    assertManifest(ImageError.MANIFEST_INVALID, "surprise", m -> m.put("surprise", 1));
    assertManifest(
        ImageError.MANIFEST_INVALID, "surprise", m -> Forge.section(m, 0).put("surprise", 1));
    assertManifest(
        ImageError.MANIFEST_INVALID,
        "surprise",
        m -> ((ObjectNode) m.get("layout")).put("surprise", 1));
    assertManifest(
        ImageError.MANIFEST_INVALID,
        "surprise",
        m -> ((ObjectNode) m.get("rollback")).put("surprise", 1));
    assertManifest(
        ImageError.MANIFEST_INVALID,
        "surprise",
        m -> ((ObjectNode) m.get("required_signatures").get(0)).put("surprise", 1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"build", "content", "kind", "layout", "product", "rollback", "schema", "version"})
  void missingFieldIsRejected(String name) {
    assertManifest(ImageError.MANIFEST_INVALID, name, m -> m.remove(name));
  }

  /** Absent lists and booleans would read as empty; the canonical form does not allow it. */
  @ParameterizedTest
  @ValueSource(strings = {"development", "required_signatures", "sections"})
  void fieldThatCouldHaveADefaultIsRejectedWhereMissing(String name) {
    assertManifest(ImageError.MANIFEST_NOT_CANONICAL, "", m -> m.remove(name));
  }

  @Test
  void missingTargetsAreRejected() {
    assertManifest(
        ImageError.MANIFEST_NOT_CANONICAL, "", m -> Forge.section(m, 0).remove("targets"));
  }

  @Test
  void unknownSchemaIsRejected() {
    assertManifest(ImageError.MANIFEST_FIELD, "schema", m -> m.put("schema", "m4fw.manifest/2"));
  }

  @Test
  void kindOtherThanTheHeadersIsRejected() {
    assertManifest(ImageError.MANIFEST_FIELD, "kind", m -> m.put("kind", "adapter"));
    assertManifest(ImageError.MANIFEST_FIELD, "kind", m -> m.put("kind", "IMAGE"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "1.2", "01.2.3", "1.2.3.4", "v1.2.3", "1.2.3-", "1.2.3 "})
  void versionThatIsNotSemanticIsRejected(String version) {
    assertManifest(ImageError.MANIFEST_FIELD, "version", m -> m.put("version", version));
  }

  @Test
  void imageThatRequiresNoSignatureIsRejected() {
    assertManifest(
        ImageError.MANIFEST_FIELD, "required_signatures", m -> m.putArray("required_signatures"));
  }

  @Test
  void requiredSignaturesOutOfOrderAreRejected() {
    assertManifest(
        ImageError.MANIFEST_FIELD,
        "required_signatures[1]",
        m -> {
          ArrayNode list = (ArrayNode) m.get("required_signatures");
          list.add(list.remove(0));
        });
  }

  @Test
  void requiredSignatureNamedTwiceIsRejected() {
    assertManifest(
        ImageError.MANIFEST_FIELD,
        "required_signatures[1]",
        m -> m.withArray("required_signatures").insert(0, m.get("required_signatures").get(0)));
  }

  @Test
  void unknownAlgorithmClassIsRejected() {
    assertManifest(
        ImageError.MANIFEST_FIELD,
        "algorithm",
        m -> ((ObjectNode) m.get("required_signatures").get(0)).put("algorithm", "none"));
  }

  @Test
  void thresholdOfZeroIsRejected() {
    assertManifest(
        ImageError.MANIFEST_INVALID,
        "threshold",
        m -> ((ObjectNode) m.get("required_signatures").get(0)).put("threshold", 0));
  }

  @Test
  void imageWithoutSectionsIsRejected() {
    assertManifest(ImageError.MANIFEST_FIELD, "sections", m -> m.putArray("sections"));
  }

  @Test
  void sameIdTwiceIsRejected() {
    assertManifest(
        ImageError.DUPLICATE_SECTION, "weights", m -> Forge.section(m, 1).put("id", "weights"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "..",
        "/etc/passwd",
        "a/../b",
        "a//b",
        "a/",
        "/a",
        "a\\b",
        "A",
        "ä",
        "a\u0000",
        "con",
        "a/nul.txt",
        "com1",
        "a.",
        "a..b",
        ".hidden",
        "-option",
        "a b"
      })
  void unsafeFileNameIsRejected(String name) {
    assertManifest(
        ImageError.MANIFEST_FIELD, "sections[0].name", m -> Forge.section(m, 0).put("name", name));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a/b", "..", "A", "aux", "a.", "-a", ".a"})
  void unsafeIdIsRejected(String id) {
    assertManifest(
        ImageError.MANIFEST_FIELD, "sections[0].id", m -> Forge.section(m, 0).put("id", id));
  }

  @Test
  void entryNameBeyond200BytesIsRejected() {
    assertManifest(
        ImageError.MANIFEST_FIELD,
        "sections[0].name",
        m -> Forge.section(m, 0).put("name", "a".repeat(190)));
  }

  @Test
  void otherWordsOutsideTheirAlphabetAreRejected() {
    assertManifest(ImageError.MANIFEST_FIELD, "product", m -> m.put("product", "a b"));
    assertManifest(ImageError.MANIFEST_FIELD, ".role", m -> Forge.section(m, 0).put("role", ""));
    assertManifest(
        ImageError.MANIFEST_FIELD, ".module", m -> Forge.section(m, 0).put("module", "a/b"));
    assertManifest(
        ImageError.MANIFEST_FIELD, ".media", m -> Forge.section(m, 0).put("media", "none"));
    assertManifest(
        ImageError.MANIFEST_FIELD,
        "rollback.domain",
        m -> ((ObjectNode) m.get("rollback")).put("domain", "M4"));
    assertManifest(
        ImageError.MANIFEST_FIELD,
        ".targets[1]",
        m -> Forge.section(m, 0).withArray("targets").add("a"));
    assertManifest(
        ImageError.MANIFEST_FIELD, ".fsv", m -> Forge.section(m, 0).put("fsv", "sha256:00"));
    assertManifest(
        ImageError.MANIFEST_FIELD,
        "log2_align",
        m -> ((ObjectNode) m.get("layout")).put("log2_align", 15));
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
    long tree = org.m4fw.image.verity.TreeShape.of(length).length();
    assertSection(
        ImageError.SECTION_OUT_OF_BOUNDS, s -> s.put("length", length).put("tree_length", tree));
  }

  @Test
  void negativeOffsetIsRejected() {
    assertSection(ImageError.MANIFEST_INVALID, s -> s.put("offset", -16384));
    assertSection(ImageError.MANIFEST_INVALID, s -> s.put("length", -1));
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
    Section empty = Forge.sections(good).get(1);
    Problem problem =
        Forge.refusal(
            Forge.withSection(
                good,
                1,
                section ->
                    section
                        .put("tree_offset", empty.treeOffset() - 4096)
                        .put("offset", empty.offset())));
    assertTrue(
        List.of(ImageError.SECTION_MISPLACED, ImageError.SECTION_OVERLAP).contains(problem.code()),
        problem.toString());
    Problem misplaced =
        Forge.refusal(
            Forge.withSection(
                good, 1, section -> section.put("tree_offset", empty.treeOffset() + 4096)));
    assertEquals(ImageError.SECTION_MISPLACED, misplaced.code());
  }

  @Test
  void treeOfAnotherLengthIsRejected() {
    assertSection(ImageError.TREE_LENGTH, s -> s.put("tree_length", 8192));
    assertSection(ImageError.TREE_LENGTH, s -> s.put("tree_length", 0));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "file_size",
        "envelope_slot",
        "first_section_offset",
        "central_directory_offset",
        "central_directory_length"
      })
  void layoutThatLiesIsRejected(String name) {
    long lie =
        Forge.structure(good).manifest().layout().envelopeSlot()
            + (name.equals("central_directory_offset") ? 8L << 20 : 4096);
    Problem problem =
        Forge.refusal(Forge.withManifest(good, m -> ((ObjectNode) m.get("layout")).put(name, lie)));
    assertTrue(
        List.of(ImageError.LAYOUT_FIELD, ImageError.SECTION_OUT_OF_BOUNDS).contains(problem.code()),
        problem.toString());
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

  /** The manifest that is read is made of exactly the bytes that are signed. */
  @Test
  void imageIdIsTheDigestOfThePayload() {
    StructureCheck.Result result = Forge.structure(good);
    assertEquals(org.m4fw.base.digest.Digest.of(Forge.payload(good)), result.imageId());
    assertTrue(Arrays.equals(Forge.payload(good), result.envelope().payload()));
  }

  private static String text() {
    return Forge.payloadText(good);
  }

  private static void assertPayload(ImageError expected, String payload) {
    Problem problem = Forge.refusal(Forge.withPayload(good, payload));
    assertEquals(expected, problem.code(), problem.toString());
  }

  private static void assertManifest(ImageError expected, String item, Consumer<ObjectNode> edit) {
    Problem problem = Forge.refusal(Forge.withManifest(good, edit));
    assertEquals(expected, problem.code(), problem.toString());
    assertTrue(problem.item().contains(item), problem.toString());
  }

  private static void assertSection(ImageError expected, Consumer<ObjectNode> edit) {
    Problem problem = Forge.refusal(Forge.withSection(good, 0, edit));
    assertEquals(expected, problem.code(), problem.toString());
  }
}
