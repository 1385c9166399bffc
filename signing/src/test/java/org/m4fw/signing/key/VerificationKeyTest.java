package org.m4fw.signing.key;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.bouncycastle.crypto.params.MLDSAParameters;
import org.bouncycastle.crypto.params.MLDSAPrivateKeyParameters;
import org.bouncycastle.crypto.params.ParametersWithContext;
import org.bouncycastle.crypto.signers.HashMLDSASigner;
import org.bouncycastle.crypto.signers.MLDSASigner;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.m4fw.base.problem.ProblemException;

class VerificationKeyTest {
  private static final byte[] MESSAGE = "firmware".getBytes(UTF_8);
  private static final BigInteger ORDER =
      BigInteger.ONE.shiftLeft(252).add(new BigInteger("27742317777372353535851937790883648493"));

  @Test
  void theIdIsTheDigestOfTheSubjectPublicKeyInfo() throws Exception {
    VerificationKey key = SigningKey.generate(Algorithm.ED25519).verificationKey();
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(key.spki());
    assertEquals(HexFormat.of().formatHex(digest), key.id());
  }

  @ParameterizedTest
  @EnumSource
  void keysOfTheJdkAreRead(Algorithm algorithm) throws Exception {
    KeyPair pair = KeyPairGenerator.getInstance(algorithm.standardName()).generateKeyPair();
    VerificationKey key = VerificationKey.ofSpki("k", "", pair.getPublic().getEncoded());
    Signature signer = Signature.getInstance(algorithm.standardName());
    signer.initSign(pair.getPrivate());
    signer.update(MESSAGE);
    byte[] signature = signer.sign();
    assertTrue(key.verifies(MESSAGE, signature));
    assertTrue(Reference.verifies(key, MESSAGE, signature));
  }

  @ParameterizedTest
  @EnumSource
  void aTruncatedKeyIsRejected(Algorithm algorithm) {
    byte[] spki = SigningKey.generate(algorithm).verificationKey().spki();
    assertRejected(KeyError.WRONG_SPKI, Arrays.copyOf(spki, spki.length - 1));
  }

  @ParameterizedTest
  @EnumSource
  void bytesAfterAKeyAreRejected(Algorithm algorithm) {
    byte[] spki = SigningKey.generate(algorithm).verificationKey().spki();
    assertRejected(KeyError.WRONG_SPKI, Arrays.copyOf(spki, spki.length + 1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"ML-DSA-44", "ML-DSA-87", "X25519", "Ed448", "RSA", "EC"})
  void aKeyOfAnotherAlgorithmIsRejected(String algorithm) throws Exception {
    byte[] spki =
        KeyPairGenerator.getInstance(algorithm).generateKeyPair().getPublic().getEncoded();
    assertRejected(KeyError.WRONG_SPKI, spki);
  }

  /** The same key with NULL parameters would have a second id. */
  @Test
  void aSecondEncodingOfAKeyIsRejected() {
    byte[] spki = SigningKey.generate(Algorithm.ED25519).verificationKey().spki();
    byte[] prefix = HexFormat.of().parseHex("302c300706032b65700500032100");
    byte[] other = Arrays.copyOf(prefix, prefix.length + 32);
    System.arraycopy(spki, 12, other, prefix.length, 32);
    assertRejected(KeyError.WRONG_SPKI, other);
  }

  /** All encodings of points of small order, from "Taming the many EdDSAs", table 6 (a). */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"
      })
  void anEd25519KeyOfSmallOrderIsRejected(String point) {
    assertRejected(KeyError.WEAK_KEY, spki(point));
  }

  @Test
  void anEd25519KeyOutsideTheCurveIsRejected() {
    assertRejected(
        KeyError.WEAK_KEY,
        spki("0200000000000000000000000000000000000000000000000000000000000000"));
  }

  @ParameterizedTest
  @EnumSource
  void signaturesOfAnyOtherLengthAreRefused(Algorithm algorithm) {
    SigningKey key = SigningKey.generate(algorithm);
    byte[] signature = key.sign(MESSAGE);
    for (int length : new int[] {0, 1, signature.length - 1, signature.length + 1, 8192}) {
      assertFalse(key.verificationKey().verifies(MESSAGE, Arrays.copyOf(signature, length)));
    }
  }

  @Test
  void anEd25519SignatureWithUnreducedScalarIsRefused() {
    SigningKey key = SigningKey.generate(Algorithm.ED25519);
    byte[] signature = key.sign(MESSAGE);
    byte[] scalar = reversed(Arrays.copyOfRange(signature, 32, 64));
    BigInteger unreduced = new BigInteger(1, scalar).add(ORDER);
    byte[] bigEndian = unreduced.toByteArray();
    for (int i = 0; i < 32; i++) {
      signature[32 + i] = bigEndian[bigEndian.length - 1 - i];
    }
    assertFalse(key.verificationKey().verifies(MESSAGE, signature));
    assertFalse(Reference.verifies(key.verificationKey(), MESSAGE, signature));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0100000000000000000000000000000000000000000000000000000000000000",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"
      })
  void anEd25519SignatureWithDegenerateCommitmentIsNotCanonical(String point) {
    byte[] signature = Arrays.copyOf(HexFormat.of().parseHex(point), 64);
    assertFalse(Ed25519Rules.isCanonicalSignature(signature));
  }

  @Test
  void anMlDsaSignatureWithMalformedHintsIsRefused() {
    SigningKey key = SigningKey.generate(Algorithm.ML_DSA_65);
    byte[] signature = key.sign(MESSAGE);
    signature[signature.length - 1] = (byte) 0xff;
    assertFalse(key.verificationKey().verifies(MESSAGE, signature));
  }

  @Test
  void anMlDsaSignatureOverTheHashIsRefused() throws Exception {
    byte[] seed = new byte[Algorithm.SEED_BYTES];
    HashMLDSASigner signer = new HashMLDSASigner();
    signer.init(true, new MLDSAPrivateKeyParameters(MLDSAParameters.ml_dsa_65_with_sha512, seed));
    signer.update(MESSAGE, 0, MESSAGE.length);
    byte[] signature = signer.generateSignature();
    assertEquals(Algorithm.ML_DSA_65.signatureBytes(), signature.length);
    VerificationKey key = SigningKey.ofSeed(Algorithm.ML_DSA_65, seed).verificationKey();
    assertFalse(key.verifies(MESSAGE, signature));
  }

  @Test
  void anMlDsaSignatureForAnotherContextIsRefused() throws Exception {
    byte[] seed = new byte[Algorithm.SEED_BYTES];
    MLDSASigner signer = new MLDSASigner();
    signer.init(
        true,
        new ParametersWithContext(
            new MLDSAPrivateKeyParameters(MLDSAParameters.ml_dsa_65, seed), new byte[] {1}));
    signer.update(MESSAGE, 0, MESSAGE.length);
    VerificationKey key = SigningKey.ofSeed(Algorithm.ML_DSA_65, seed).verificationKey();
    assertFalse(key.verifies(MESSAGE, signer.generateSignature()));
  }

  @ParameterizedTest
  @EnumSource
  void anotherKeysSignatureIsRefused(Algorithm algorithm) {
    byte[] signature = SigningKey.generate(algorithm).sign(MESSAGE);
    assertFalse(SigningKey.generate(algorithm).verificationKey().verifies(MESSAGE, signature));
  }

  @ParameterizedTest
  @EnumSource
  void damagedSignaturesAreRefusedAsBouncyCastleRefusesThem(Algorithm algorithm) {
    SigningKey key = SigningKey.generate(algorithm);
    byte[] signature = key.sign(MESSAGE);
    Random random = new Random(7);
    for (int i = 0; i < 200; i++) {
      byte[] damaged = signature.clone();
      int bit = random.nextInt(8 * damaged.length);
      damaged[bit / 8] ^= (byte) (1 << bit % 8);
      assertFalse(key.verificationKey().verifies(MESSAGE, damaged));
      assertFalse(Reference.verifies(key.verificationKey(), MESSAGE, damaged));
    }
  }

  @ParameterizedTest
  @EnumSource
  void randomBytesAreNoSignature(Algorithm algorithm) {
    VerificationKey key = SigningKey.generate(algorithm).verificationKey();
    Random random = new Random(8);
    for (int i = 0; i < 200; i++) {
      byte[] noise = new byte[algorithm.signatureBytes()];
      random.nextBytes(noise);
      assertFalse(key.verifies(MESSAGE, noise));
    }
  }

  private static void assertRejected(KeyError expected, byte[] spki) {
    ProblemException e =
        assertThrows(
            ProblemException.class, () -> VerificationKey.ofSpki("root.json", "spki", spki));
    assertEquals(expected, e.problem().code());
  }

  private static byte[] spki(String point) {
    return HexFormat.of().parseHex("302a300506032b6570032100" + point);
  }

  private static byte[] reversed(byte[] bytes) {
    byte[] reversed = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      reversed[i] = bytes[bytes.length - 1 - i];
    }
    return reversed;
  }
}
