package org.m4fw.tests.hostile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.MLDSAParameters;
import org.bouncycastle.crypto.params.MLDSAPrivateKeyParameters;
import org.bouncycastle.crypto.signers.Ed25519Signer;
import org.bouncycastle.crypto.signers.MLDSASigner;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.image.Envelope;
import org.m4fw.image.ImageDraft;
import org.m4fw.image.ImageFile;
import org.m4fw.image.ImageWriter;
import org.m4fw.image.Kind;
import org.m4fw.image.Rollback;
import org.m4fw.image.SectionSource;
import org.m4fw.image.SectionSpec;
import org.m4fw.image.UnsignedImage;
import org.m4fw.signing.trust.TrustRoot;

/**
 * The same inputs give the same image on every machine, to the last byte: these ids and digests
 * were written down once. The keys are of seeds that stand here, and are nobody's.
 */
class GoldenImageTest {
  private static final Ed25519PrivateKeyParameters CLASSICAL =
      new Ed25519PrivateKeyParameters(seed(1));
  private static final MLDSAPrivateKeyParameters POST_QUANTUM =
      new MLDSAPrivateKeyParameters(MLDSAParameters.ml_dsa_65, seed(2));

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({
    "IMAGE, KIB_16, 1, 769fe69f46d9c0351966326beb49e0d3758f8d84e7ed86da4a6b32e488f7f25c, 85c69bfff613726a83ef8cb60cf2caabd52e749fb49aca77155966bbc3cc117c",
    "IMAGE, KIB_64, 3, 9c426c58370162f67376ee951a7070eca42d647774846ca3fac4eab65266fadb, 1146a426ffafb9f953ed85f54bc204f4a4f674afb2098ea58ab2dbc72606f8db",
    "ADAPTER, KIB_16, 2, dfd133a3a4c58e6b7a77a8e40e4c1ef51d1e90d27b9c3637fd536c99ae1defe1, b4c7047a532d201749a8cd14b4046c2297a34837e9c272ed96762298fe196619"
  })
  void imageIsTheOneThatWasWrittenDown(
      Kind kind, ImageDraft.Alignment alignment, int threads, String imageId, String file)
      throws IOException {
    Path image = write(kind, alignment, threads);
    try (ImageFile open = ImageFile.open(image)) {
      open.verifyIntegrity(Progress.silent());
      assertEquals("sha256:" + imageId, open.imageId().toString());
    }
    assertEquals("sha256:" + file, Digest.of(Files.readAllBytes(image)).toString());
  }

  /** The example for devices, as it is shipped, on the golden images. */
  @Test
  void theExampleForDevicesVerifiesGoldenImages() throws IOException {
    Path program = directory.resolve("m4fw-verify");
    DeviceVerifier.compile(program, List.of("-O2"), "example.c");
    Path keys = Files.writeString(directory.resolve("keys.txt"), keys());
    for (Kind kind : List.of(Kind.IMAGE, Kind.ADAPTER)) {
      for (ImageDraft.Alignment alignment : ImageDraft.Alignment.values()) {
        Path image = write(kind, alignment, 2);
        String said =
            DeviceVerifier.runs(List.of(program.toString(), image.toString(), keys.toString()))
                .orElse("");
        assertTrue(said.contains(": verified, golden 3.2.1 build 9, image id "), said);
        byte[] bytes = Files.readAllBytes(image);
        bytes[bytes.length - 1] ^= 1;
        Files.write(image, bytes);
        assertTrue(
            DeviceVerifier.runs(List.of(program.toString(), image.toString(), keys.toString()))
                .isEmpty());
      }
    }
  }

  /** With a zero byte, a line too long or cut, or of another kind: refused, and nothing written. */
  @ParameterizedTest
  @ValueSource(strings = {"\0x\n", "development", "key\n", "require release classical 0\n", ""})
  void theExampleForDevicesRefusesDamagedKeys(String line) throws IOException {
    Path program = directory.resolve("m4fw-verify");
    DeviceVerifier.compile(
        program, List.of("-fsanitize=address,undefined", "-fno-sanitize-recover=all"), "example.c");
    Path image = write(Kind.IMAGE, ImageDraft.Alignment.KIB_16, 1);
    Path keys = Files.writeString(directory.resolve("keys.txt"), "m4fw-device-keys 1\n" + line);
    Process process =
        new ProcessBuilder(program.toString(), image.toString(), keys.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(said.startsWith("usage: m4fw-verify"), said);
  }

  private Path write(Kind kind, ImageDraft.Alignment alignment, int threads) {
    Path path = directory.resolve("golden.m4img");
    ImageDraft draft =
        new ImageDraft(
            kind,
            "golden",
            "3.2.1",
            9,
            new Rollback("m4", 4),
            TrustRoot.HYBRID,
            false,
            OptionalLong.of(1_000_000_000L),
            CanonicalJson.node(Map.of("a", List.of(1, true, "\u20ac"), "b", Map.of())),
            alignment,
            ImageDraft.SMALL_SLOT);
    try (UnsignedImage unsigned =
        new ImageWriter(OrderedWork.onThreads(threads), Progress.silent())
            .write(
                draft,
                List.of(section("first", 3_000_001), section("empty", 0), section("last", 4096)),
                path)) {
      unsigned.complete(sign(kind.payloadType(), unsigned.payload()));
    }
    return path;
  }

  private static SectionSource section(String id, int length) {
    byte[] content = new byte[length];
    new Random(length).nextBytes(content);
    return SectionSource.of(
        new SectionSpec(id, "weights", "part", List.of("cpu"), "application/octet-stream", id),
        content);
  }

  private static byte[] seed(int first) {
    byte[] seed = new byte[32];
    for (int i = 0; i < seed.length; i++) {
      seed[i] = (byte) (first + i);
    }
    return seed;
  }

  private static Envelope sign(String type, byte[] payload) {
    byte[] message = Envelope.preAuthenticationEncoding(type, payload);
    Ed25519Signer classical = new Ed25519Signer();
    classical.init(true, CLASSICAL);
    classical.update(message, 0, message.length);
    MLDSASigner postQuantum = new MLDSASigner();
    postQuantum.init(true, POST_QUANTUM);
    postQuantum.update(message, 0, message.length);
    try {
      return Envelope.of(
          type,
          payload,
          List.of(
              Envelope.Signature.of(id(classicalKey()), classical.generateSignature()),
              Envelope.Signature.of(id(postQuantumKey()), postQuantum.generateSignature())));
    } catch (org.bouncycastle.crypto.CryptoException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String id(byte[] spki) {
    return Digest.of(spki).hex();
  }

  private static byte[] classicalKey() {
    return spki("302a300506032b6570032100", CLASSICAL.generatePublicKey().getEncoded());
  }

  private static byte[] postQuantumKey() {
    return spki("308207b2300b0609608648016503040312038207a100", POST_QUANTUM.getPublicKey());
  }

  private static byte[] spki(String prefix, byte[] key) {
    byte[] front = HexFormat.of().parseHex(prefix);
    byte[] spki = Arrays.copyOf(front, front.length + key.length);
    System.arraycopy(key, 0, spki, front.length, key.length);
    return spki;
  }

  private static String keys() {
    return """
        m4fw-device-keys 1
        key release %s
        key release %s
        require release classical 1
        require release post-quantum 1
        """
        .formatted(
            HexFormat.of().formatHex(classicalKey()), HexFormat.of().formatHex(postQuantumKey()));
  }
}
