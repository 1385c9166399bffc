package org.m4fw.tests.hostile;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.image.Envelope;
import org.m4fw.image.ImageDraft;
import org.m4fw.image.ImageWriter;
import org.m4fw.image.Kind;
import org.m4fw.image.Rollback;
import org.m4fw.image.SectionSource;
import org.m4fw.image.SectionSpec;
import org.m4fw.image.UnsignedImage;
import org.m4fw.image.framing.Header;
import org.m4fw.signing.Signer;
import org.m4fw.signing.SigningIdentity;
import org.m4fw.signing.trust.TrustRoot;

/**
 * One good small image, really signed: the section {@code tall} has a tree of two levels, the
 * others are a block, a byte less than two, and nothing.
 */
final class GoodImage {
  static final int HEADER = 64;
  static final int ENVELOPE = 8192;
  static final int TALL = 140 * 4096 + 17;

  private final byte[] bytes;
  private final Path root;
  private final SigningIdentity identity;

  /**
   * An image, good or not.
   *
   * @param root the trust root's file
   * @param identity what signed it, for signers that are malicious
   */
  GoodImage(byte[] bytes, Path root, SigningIdentity identity) {
    this.bytes = bytes;
    this.root = root;
    this.identity = identity;
  }

  byte[] bytes() {
    return bytes;
  }

  Path root() {
    return root;
  }

  SigningIdentity identity() {
    return identity;
  }

  static GoodImage create(Path directory) {
    SigningIdentity identity =
        SigningIdentity.create(directory.resolve("release"), Optional.empty());
    Path root = directory.resolve("release/trust-root.json");
    Path image = write(directory, identity, draft(Kind.IMAGE), sections(0));
    return new GoodImage(read(image), root, identity);
  }

  /** Another image by the same signer, of the same shape with other bytes. */
  GoodImage sibling(Path directory) {
    Path image = write(directory, identity, draft(Kind.IMAGE), sections(1));
    return new GoodImage(read(image), root, identity);
  }

  /** Another image by the same signer. */
  static Path write(
      Path directory, SigningIdentity identity, ImageDraft draft, List<SectionSource> sections) {
    Path path = directory.resolve("good.m4img");
    try (UnsignedImage unsigned =
        new ImageWriter(OrderedWork.onThreads(1), Progress.silent()).write(draft, sections, path)) {
      new Signer(identity).complete(unsigned);
    }
    return path;
  }

  static ImageDraft draft(Kind kind) {
    return new ImageDraft(
        kind,
        "pixel7pro",
        "1.2.3-rc.1+b7",
        7,
        new Rollback("m4", 5),
        TrustRoot.HYBRID,
        false,
        OptionalLong.of(1_700_000_000L),
        CanonicalJson.node(
            Map.of("components", List.of("backbone"), "notes", "\u00e4\n\ud83d\ude00")),
        ImageDraft.Alignment.KIB_16,
        ImageDraft.SMALL_SLOT);
  }

  private static List<SectionSource> sections(int seed) {
    return List.of(
        section("tall", "model/weights.bin", TALL, seed),
        section("block", "block.bin", 4096, seed),
        section("short", "short.bin", 8191, seed),
        section("empty", "nothing", 0, seed));
  }

  static SectionSource section(String id, String name, int length) {
    return section(id, name, length, 0);
  }

  private static SectionSource section(String id, String name, int length, int seed) {
    byte[] content = new byte[length];
    new Random(id.hashCode() + seed).nextBytes(content);
    return SectionSource.of(
        new SectionSpec(
            id,
            "weights",
            "backbone",
            List.of("pixel7pro-cpu", "pixel7pro-npu"),
            "application/octet-stream",
            name),
        content);
  }

  Envelope sign(Kind kind, byte[] payload) {
    return new Signer(identity).sign(kind.payloadType(), payload);
  }

  /** What the envelope is now. */
  Envelope envelope() {
    ByteBuffer header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int length = (int) header.getLong(HEADER + Header.ENVELOPE_LENGTH_AT);
    return Envelope.parse("good", Arrays.copyOfRange(bytes, ENVELOPE, ENVELOPE + length));
  }

  String payload() {
    return new String(envelope().payload(), StandardCharsets.UTF_8);
  }

  static byte[] read(Path path) {
    try {
      return Files.readAllBytes(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
