package org.m4fw.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.m4fw.base.digest.Digest;
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
    assertPayload(ImageError.MANIFEST_FIELD, "[]");
    assertPayload(ImageError.MANIFEST_FIELD, "{}");
    assertPayload(ImageError.MANIFEST_NOT_CANONICAL, "");
    assertPayload(ImageError.MANIFEST_NOT_CANONICAL, "[".repeat(3000));
  }

  @Test
  void duplicateKeyIsRejected() {
    assertPayload(
        ImageError.MANIFEST_NOT_CANONICAL,
        text().replace("{\"build\":7", "{\"build\":7,\"build\":7"));
  }

  @Test
  void trailingBytesAreRejected() {
    assertPayload(ImageError.MANIFEST_NOT_CANONICAL, text() + "{}");
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
        ImageError.MANIFEST_NOT_CANONICAL, Forge.refusal(Forge.withPayload(good, payload)).code());
  }

  @Test
  void anotherFormOfTheSameIsRejected() {
    assertPayload(ImageError.MANIFEST_NOT_CANONICAL, text().replace("\"build\":7", "\"build\": 7"));
    assertPayload(ImageError.MANIFEST_NOT_CANONICAL, text().replace("\"index\":5", "\"index\":-0"));
    assertPayload(
        ImageError.MANIFEST_NOT_CANONICAL, text().replace("pixel7pro\",", "\\u0070ixel7pro\","));
    assertPayload(
        ImageError.MANIFEST_FIELD, text().replace("\"created\":1700000000", "\"created\":null"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"7.0", "7e0", "1e999999", "9007199254740992"})
  void numberWithoutCanonicalFormIsRejected(String number) {
    assertPayload(
        ImageError.MANIFEST_NOT_CANONICAL, text().replace("\"build\":7", "\"build\":" + number));
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "\"7\"", "true", "[7]"})
  void valueOtherThanAnIntegerOfTheRangeIsRejected(String number) {
    assertPayload(ImageError.MANIFEST_FIELD, text().replace("\"build\":7", "\"build\":" + number));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.5", "1e999999", "9007199254740992", "123456789012345678901234567890"})
  void numberThatHasNoCanonicalFormIsRejectedInTheContentToo(String number) {
    assertPayload(ImageError.MANIFEST_NOT_CANONICAL, text().replace("[\"backbone\"]", number));
  }

  @Test
  void loneSurrogateIsRejected() {
    assertPayload(
        ImageError.MANIFEST_NOT_CANONICAL, text().replace("[\"backbone\"]", "\"\\udc00\""));
  }

  @Test
  void hugeNumberIsRejectedWithoutBeingRead() {
    assertPayload(
        ImageError.MANIFEST_NOT_CANONICAL,
        text().replace("\"build\":7", "\"build\":" + "7".repeat(2000)));
  }

  @Test
  void unknownFieldIsRejected() {
    assertManifest(ImageError.MANIFEST_FIELD, "surprise", m -> m.put("surprise", 1));
    assertManifest(
        ImageError.MANIFEST_FIELD, "surprise", m -> Forge.section(m, 0).put("surprise", 1));
    assertManifest(
        ImageError.MANIFEST_FIELD,
        "surprise",
        m -> ((ObjectNode) m.get("layout")).put("surprise", 1));
    assertManifest(
        ImageError.MANIFEST_FIELD,
        "surprise",
        m -> ((ObjectNode) m.get("rollback")).put("surprise", 1));
    assertManifest(
        ImageError.MANIFEST_FIELD,
        "surprise",
        m -> ((ObjectNode) m.get("required_signatures").get(0)).put("surprise", 1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"build", "content", "kind", "layout", "product", "rollback", "schema", "version"})
  void missingFieldIsRejected(String name) {
    assertManifest(ImageError.MANIFEST_FIELD, name, m -> m.remove(name));
  }

  /** Absent lists and booleans would read as empty. */
  @ParameterizedTest
  @ValueSource(strings = {"development", "required_signatures", "sections"})
  void fieldThatCouldHaveADefaultIsRejectedWhereMissing(String name) {
    assertManifest(ImageError.MANIFEST_FIELD, name, m -> m.remove(name));
  }

  @Test
  void missingTargetsAreRejected() {
    assertManifest(
        ImageError.MANIFEST_FIELD, "targets", m -> Forge.section(m, 0).remove("targets"));
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
        ImageError.MANIFEST_FIELD,
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

  /** The manifest that is read is made of exactly the bytes that are signed. */
  @Test
  void imageIdIsTheDigestOfThePayload() {
    StructureCheck.Result result = Forge.structure(good);
    assertEquals(Digest.of(Forge.payload(good)), result.imageId());
    assertArrayEquals(Forge.payload(good), result.envelope().payload());
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
}
