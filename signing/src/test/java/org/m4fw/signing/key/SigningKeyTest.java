package org.m4fw.signing.key;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.HexFormat;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.MLDSAPrivateKeyParameters;
import org.bouncycastle.crypto.util.PrivateKeyFactory;
import org.bouncycastle.crypto.util.SubjectPublicKeyInfoFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SigningKeyTest {
  private static final byte[] MESSAGE = "firmware".getBytes(UTF_8);

  @ParameterizedTest
  @EnumSource
  void signaturesVerifyHereAndWithBouncyCastle(Algorithm algorithm) {
    try (SigningKey key = SigningKey.generate(algorithm)) {
      byte[] signature = key.sign(MESSAGE);
      assertEquals(algorithm.signatureBytes(), signature.length);
      assertTrue(key.verificationKey().verifies(MESSAGE, signature));
      assertTrue(Reference.verifies(key.verificationKey(), MESSAGE, signature));
    }
  }

  @ParameterizedTest
  @EnumSource
  void theSameMessageGivesTheSameSignature(Algorithm algorithm) {
    try (SigningKey key = SigningKey.generate(algorithm)) {
      assertArrayEquals(key.sign(MESSAGE), key.sign(MESSAGE));
    }
  }

  @ParameterizedTest
  @EnumSource
  void generatedKeysDiffer(Algorithm algorithm) {
    assertNotEquals(
        SigningKey.generate(algorithm).verificationKey(),
        SigningKey.generate(algorithm).verificationKey());
  }

  /** Test 1 of RFC 8032, section 7.1. */
  @Test
  void ed25519AgreesWithItsStandard() {
    byte[] seed =
        HexFormat.of().parseHex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
    try (SigningKey key = SigningKey.ofSeed(Algorithm.ED25519, seed)) {
      assertEquals(
          "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
              + "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
          HexFormat.of().formatHex(key.sign(new byte[0])));
    }
  }

  @ParameterizedTest
  @EnumSource
  void bouncyCastleReadsThePrivateKeyAndEncodesThePublicKeyAsWeDo(Algorithm algorithm)
      throws Exception {
    try (SigningKey key = SigningKey.generate(algorithm)) {
      Object read = PrivateKeyFactory.createKey(key.pkcs8());
      var publicKey =
          switch (algorithm) {
            case ED25519 ->
                assertInstanceOf(Ed25519PrivateKeyParameters.class, read).generatePublicKey();
            case ML_DSA_65 ->
                assertInstanceOf(MLDSAPrivateKeyParameters.class, read).getPublicKeyParameters();
          };
      assertArrayEquals(
          key.verificationKey().spki(),
          SubjectPublicKeyInfoFactory.createSubjectPublicKeyInfo(publicKey).getEncoded("DER"));
    }
  }

  @Test
  void theJdkSignsWithOurEd25519KeyToTheSameBytes() throws Exception {
    try (SigningKey key = SigningKey.generate(Algorithm.ED25519)) {
      Signature signer = Signature.getInstance("Ed25519");
      signer.initSign(
          KeyFactory.getInstance("Ed25519").generatePrivate(new PKCS8EncodedKeySpec(key.pkcs8())));
      signer.update(MESSAGE);
      assertArrayEquals(key.sign(MESSAGE), signer.sign());
    }
  }

  @ParameterizedTest
  @EnumSource
  void aClosedKeySignsNoMore(Algorithm algorithm) {
    SigningKey key = SigningKey.generate(algorithm);
    key.close();
    assertThrows(IllegalStateException.class, () -> key.sign(MESSAGE));
    assertThrows(IllegalStateException.class, key::pkcs8);
  }

  @ParameterizedTest
  @EnumSource
  void theTextOfAPrivateKeyHoldsNothingOfIt(Algorithm algorithm) {
    try (SigningKey key = SigningKey.generate(algorithm)) {
      byte[] der = key.pkcs8();
      String seed = HexFormat.of().formatHex(der, der.length - Algorithm.SEED_BYTES, der.length);
      assertFalse(key.toString().contains(seed.substring(0, 8)));
    }
  }
}
