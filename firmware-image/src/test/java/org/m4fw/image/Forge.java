package org.m4fw.image;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.json.StrictJson;
import org.m4fw.base.problem.Problem;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.image.framing.Header;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Makes hostile containers out of a good one, as an attacker would who knows the format. */
final class Forge {
  private static final int HEADER = 64;
  private static final int ENVELOPE = 8192;

  private Forge() {}

  static byte[] good(Path directory) {
    Path path = directory.resolve("good.m4img");
    Samples.write(path);
    try {
      return Files.readAllBytes(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Edits the header's fields, little-endian from its start, and corrects its checksum. */
  static byte[] withHeader(byte[] image, Consumer<ByteBuffer> edit) {
    byte[] forged = image.clone();
    ByteBuffer header =
        ByteBuffer.wrap(forged, HEADER, 4032).slice().order(ByteOrder.LITTLE_ENDIAN);
    edit.accept(header);
    byte[] bytes = Arrays.copyOfRange(forged, HEADER, HEADER + 4032);
    header.putInt(Header.CHECKED, Header.checksum(bytes));
    return forged;
  }

  static byte[] withEnvelope(byte[] image, byte[] envelope) {
    byte[] forged =
        withHeader(image, header -> header.putLong(Header.ENVELOPE_LENGTH_AT, envelope.length));
    int slot = (int) header(image).getLong(32);
    Arrays.fill(forged, ENVELOPE, ENVELOPE + slot, (byte) ' ');
    System.arraycopy(envelope, 0, forged, ENVELOPE, envelope.length);
    return forged;
  }

  static byte[] withEnvelope(byte[] image, String envelope) {
    return withEnvelope(image, envelope.getBytes(StandardCharsets.UTF_8));
  }

  static byte[] withPayload(byte[] image, byte[] payload) {
    return withEnvelope(image, Samples.envelope(Kind.IMAGE.payloadType(), payload).bytes());
  }

  static byte[] withPayload(byte[] image, String payload) {
    return withPayload(image, payload.getBytes(StandardCharsets.UTF_8));
  }

  static byte[] withManifest(byte[] image, Consumer<ObjectNode> edit) {
    ObjectNode manifest = (ObjectNode) StrictJson.parse("manifest", payload(image));
    edit.accept(manifest);
    return withPayload(image, CanonicalJson.bytes(manifest));
  }

  static byte[] withSection(byte[] image, int section, Consumer<ObjectNode> edit) {
    return withManifest(image, manifest -> edit.accept(section(manifest, section)));
  }

  static ObjectNode section(JsonNode manifest, int section) {
    return (ObjectNode) manifest.get("sections").get(section);
  }

  static String payloadText(byte[] image) {
    return new String(payload(image), StandardCharsets.UTF_8);
  }

  static byte[] payload(byte[] image) {
    return envelope(image).payload();
  }

  static Envelope envelope(byte[] image) {
    int length = (int) header(image).getLong(Header.ENVELOPE_LENGTH_AT);
    return Envelope.parse("image", Arrays.copyOfRange(image, ENVELOPE, ENVELOPE + length));
  }

  private static ByteBuffer header(byte[] image) {
    return ByteBuffer.wrap(image, HEADER, 4032).slice().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** What opening refuses; fails if it does not. */
  static Problem refusal(byte[] image) {
    ProblemException e = assertThrows(ProblemException.class, () -> structure(image));
    assertInstanceOf(ImageError.class, e.problem().code());
    return e.problem();
  }

  static StructureCheck.Result structure(byte[] image) {
    return new StructureCheck("image", FrameSource.of(MemorySegment.ofArray(image))).run();
  }

  /** Structure, then all sections. */
  static void verify(byte[] image) {
    MemorySegment bytes = MemorySegment.ofArray(image);
    Manifest manifest = structure(image).manifest();
    try (Progress.Stage stage = Progress.silent().stage("verify", 0)) {
      for (Section section : manifest.sections()) {
        new SectionCheck(
                Path.of("image"),
                new MappedSection(
                    section,
                    Path.of("image"),
                    () -> bytes.asSlice(section.offset(), section.length())),
                bytes.asSlice(section.treeOffset(), section.treeLength()),
                OrderedWork.onThreads(1),
                stage)
            .run(piece -> {});
      }
    }
  }

  /** What verification refuses; fails if it does not. */
  static Problem integrityRefusal(byte[] image) {
    ProblemException e = assertThrows(ProblemException.class, () -> verify(image));
    assertInstanceOf(ImageError.class, e.problem().code());
    return e.problem();
  }

  static List<Section> sections(byte[] image) {
    return structure(image).manifest().sections();
  }
}
