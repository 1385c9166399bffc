package org.m4fw.tests.hostile;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.m4fw.image.Envelope;
import org.m4fw.image.Kind;
import org.m4fw.signing.IdentityProfile;
import org.m4fw.signing.SigningIdentity;
import org.m4fw.signing.key.Algorithm;
import org.m4fw.signing.trust.TrustRoot;

/**
 * Every algorithm that signs images, in both verifiers: good signatures, and those that are not.
 */
class AlgorithmsOnDevicesTest {
  private static final BigInteger ORDER_P256 =
      new BigInteger("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16);
  private static final BigInteger ORDER_P384 =
      new BigInteger(
          "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf"
              + "581a0db248b0a77aecec196accc52973",
          16);

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({"ED25519, ML_DSA_87", "ECDSA_P256, ML_DSA_65", "ECDSA_P384, ML_DSA_87"})
  void bothVerifiersAgreeOnSignatures(Algorithm classical, Algorithm postQuantum)
      throws IOException {
    IdentityProfile profile = new IdentityProfile(TrustRoot.RELEASE, classical, postQuantum);
    try (SigningIdentity identity =
        SigningIdentity.create(directory.resolve("release"), profile, Optional.empty())) {
      Path root = directory.resolve("release/trust-root.json");
      Path image =
          GoodImage.write(
              directory,
              identity,
              GoodImage.draft(Kind.IMAGE),
              List.of(GoodImage.section("weights", "w.bin", 5000)));
      GoodImage good = new GoodImage(Files.readAllBytes(image), root, identity);
      JavaVerdict java = JavaVerdict.against(root, directory);
      try (DeviceVerifier device = DeviceVerifier.start(directory, true)) {
        device.trust(root, directory);
        device.base(image);
        assertEquals("OK 0", java.of(good.bytes()));
        assertEquals("OK 0", device.of(good.bytes()));
        for (Envelope.Signature signature : good.envelope().signatures()) {
          for (byte[] other : others(signature.bytes())) {
            byte[] forged = with(good, Envelope.Signature.of(signature.keyId(), other));
            assertEquals("BAD_SIGNATURE 0", java.of(forged));
            assertEquals("BAD_SIGNATURE 0 signature by " + signature.keyId(), device.of(forged));
          }
        }
      }
    }
  }

  @Test
  void requirementOfNoSignatureIsNeverMet() throws IOException {
    IdentityProfile profile =
        new IdentityProfile(TrustRoot.RELEASE, Algorithm.ED25519, Algorithm.ML_DSA_65);
    try (SigningIdentity identity =
            SigningIdentity.create(directory.resolve("release"), profile, Optional.empty());
        DeviceVerifier device = DeviceVerifier.start(directory, true)) {
      Path image =
          GoodImage.write(
              directory,
              identity,
              GoodImage.draft(Kind.IMAGE),
              List.of(GoodImage.section("weights", "w.bin", 5000)));
      device.trust(directory.resolve("release/trust-root.json"), directory, "no-thresholds");
      device.base(image);
      assertEquals(
          "TOO_FEW_FOR_ROOT 0 classical signatures in the role release",
          device.of(Files.readAllBytes(image)));
    }
  }

  private static byte[] with(GoodImage good, Envelope.Signature changed) {
    Envelope envelope = good.envelope();
    List<Envelope.Signature> all =
        envelope.signatures().stream()
            .map(one -> one.keyId().equals(changed.keyId()) ? changed : one)
            .toList();
    byte[] payload = envelope.payload();
    return new Forgery(good).framed(payload, Envelope.of(envelope.payloadType(), payload, all));
  }

  private static List<byte[]> others(byte[] signature) {
    List<byte[]> others = new java.util.ArrayList<>();
    Random random = new Random(5);
    for (int i = 0; i < 40; i++) {
      byte[] flipped = signature.clone();
      flipped[random.nextInt(flipped.length)] ^= (byte) (1 << random.nextInt(8));
      others.add(flipped);
    }
    others.add(new byte[signature.length]);
    if (signature.length == 64 || signature.length == 96) {
      int half = signature.length / 2;
      BigInteger order = half == 32 ? ORDER_P256 : ORDER_P384;
      byte[] zero = signature.clone();
      java.util.Arrays.fill(zero, 0, half, (byte) 0);
      others.add(zero);
      BigInteger s = new BigInteger(1, java.util.Arrays.copyOfRange(signature, half, 2 * half));
      if (s.compareTo(order) < 0) {
        byte[] high = signature.clone();
        byte[] bytes = order.subtract(s).toByteArray();
        for (int i = 0; i < half; i++) {
          int from = bytes.length - half + i;
          high[half + i] = from < 0 ? 0 : bytes[from];
        }
        others.add(high);
      }
    }
    return others;
  }
}
