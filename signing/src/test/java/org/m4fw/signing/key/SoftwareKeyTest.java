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
import java.util.Arrays;
import java.util.HexFormat;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.MLDSAPrivateKeyParameters;
import org.bouncycastle.crypto.params.SLHDSAParameters;
import org.bouncycastle.crypto.params.SLHDSAPrivateKeyParameters;
import org.bouncycastle.crypto.params.SLHDSAPublicKeyParameters;
import org.bouncycastle.crypto.util.PrivateKeyFactory;
import org.bouncycastle.crypto.util.SubjectPublicKeyInfoFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SoftwareKeyTest {
  private static final byte[] MESSAGE = "firmware".getBytes(UTF_8);

  @ParameterizedTest
  @EnumSource
  void signaturesVerifyHereAndWithBouncyCastle(Algorithm algorithm) {
    try (SoftwareKey key = SoftwareKey.generate(algorithm)) {
      byte[] signature = key.sign(MESSAGE);
      assertEquals(algorithm.signatureBytes(), signature.length);
      assertTrue(key.verificationKey().verifies(MESSAGE, signature));
      assertTrue(Reference.verifies(key.verificationKey(), MESSAGE, signature));
    }
  }

  @ParameterizedTest
  @EnumSource
  void theSameMessageGivesTheSameSignature(Algorithm algorithm) {
    try (SoftwareKey key = SoftwareKey.generate(algorithm)) {
      assertArrayEquals(key.sign(MESSAGE), key.sign(MESSAGE));
    }
  }

  @ParameterizedTest
  @EnumSource
  void generatedKeysDiffer(Algorithm algorithm) {
    assertNotEquals(
        SoftwareKey.generate(algorithm).verificationKey(),
        SoftwareKey.generate(algorithm).verificationKey());
  }

  /** Test 1 of RFC 8032, section 7.1. */
  @Test
  void ed25519AgreesWithItsStandard() {
    byte[] seed =
        HexFormat.of().parseHex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
    try (SoftwareKey key = SoftwareKey.of(Algorithm.ED25519, seed).orElseThrow()) {
      assertEquals(
          "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
              + "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
          HexFormat.of().formatHex(key.sign(new byte[0])));
    }
  }

  /** RFC 6979, A.2.5 and A.2.6, message "sample"; of s, the standard may have the other value. */
  @ParameterizedTest
  @CsvSource({
    "ECDSA_P256,"
        + " c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721,"
        + " efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716,"
        + " f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
    "ECDSA_P384,"
        + " 6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba9aa47740787137d8"
        + "96d5724e4c70a825f872c9ea60d2edf5,"
        + " 94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c"
        + "81a648152e44acf96e36dd1e80fabe46,"
        + " 99ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94f"
        + "a329c145786e679e7b82c71a38628ac8"
  })
  void ecdsaAgreesWithItsStandardInTheLowerFormOfS(
      Algorithm algorithm, String scalar, String r, String s) {
    try (SoftwareKey key =
        SoftwareKey.of(algorithm, HexFormat.of().parseHex(scalar)).orElseThrow()) {
      byte[] standard = HexFormat.of().parseHex(r + s);
      assertFalse(EcdsaRules.of(algorithm).isCanonicalSignature(standard));
      byte[] expected = EcdsaRules.of(algorithm).canonical(standard);
      assertArrayEquals(expected, key.sign("sample".getBytes(UTF_8)));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"ECDSA_P256", "ECDSA_P384"})
  void anEcdsaScalarOutOfRangeIsNoPrivateKey(Algorithm algorithm) {
    byte[] bytes = new byte[algorithm.privateKeyBytes()];
    assertTrue(SoftwareKey.of(algorithm, bytes).isEmpty());
    Arrays.fill(bytes, (byte) 0xff);
    assertTrue(SoftwareKey.of(algorithm, bytes).isEmpty());
  }

  @Test
  void anSlhDsaKeyWithAnotherRootIsNoPrivateKey() {
    byte[] bytes = new byte[Algorithm.SLH_DSA_SHA2_128S.privateKeyBytes()];
    assertTrue(SoftwareKey.of(Algorithm.SLH_DSA_SHA2_128S, bytes).isEmpty());
  }

  @ParameterizedTest
  @EnumSource
  void bouncyCastleReadsThePrivateKeyAndEncodesThePublicKeyAsWeDo(Algorithm algorithm)
      throws Exception {
    try (SoftwareKey key = SoftwareKey.generate(algorithm)) {
      Object read = PrivateKeyFactory.createKey(key.pkcs8());
      AsymmetricKeyParameter publicKey =
          switch (algorithm) {
            case ED25519 ->
                assertInstanceOf(Ed25519PrivateKeyParameters.class, read).generatePublicKey();
            case ECDSA_P256, ECDSA_P384 -> {
              var ec = assertInstanceOf(ECPrivateKeyParameters.class, read);
              yield new ECPublicKeyParameters(
                  ec.getParameters().getG().multiply(ec.getD()), ec.getParameters());
            }
            case ML_DSA_65, ML_DSA_87 ->
                assertInstanceOf(MLDSAPrivateKeyParameters.class, read).getPublicKeyParameters();
            case SLH_DSA_SHA2_128S ->
                new SLHDSAPublicKeyParameters(
                    SLHDSAParameters.sha2_128s,
                    assertInstanceOf(SLHDSAPrivateKeyParameters.class, read).getEncodedPublicKey());
          };
      assertArrayEquals(
          key.verificationKey().spki(),
          SubjectPublicKeyInfoFactory.createSubjectPublicKeyInfo(publicKey).getEncoded("DER"));
    }
  }

  @Test
  void theJdkSignsWithOurEd25519KeyToTheSameBytes() throws Exception {
    try (SoftwareKey key = SoftwareKey.generate(Algorithm.ED25519)) {
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
    SoftwareKey key = SoftwareKey.generate(algorithm);
    key.close();
    assertThrows(IllegalStateException.class, () -> key.sign(MESSAGE));
    assertThrows(IllegalStateException.class, key::pkcs8);
  }

  @ParameterizedTest
  @EnumSource
  void theTextOfAPrivateKeyHoldsNothingOfIt(Algorithm algorithm) {
    try (SoftwareKey key = SoftwareKey.generate(algorithm)) {
      byte[] der = key.pkcs8();
      String secret =
          HexFormat.of().formatHex(der, der.length - algorithm.privateKeyBytes(), der.length);
      assertFalse(key.toString().contains(secret.substring(0, 8)));
    }
  }
}
