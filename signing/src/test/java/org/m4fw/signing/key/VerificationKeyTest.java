package org.m4fw.signing.key;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
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
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.crypto.params.MLDSAParameters;
import org.bouncycastle.crypto.params.MLDSAPrivateKeyParameters;
import org.bouncycastle.crypto.params.ParametersWithContext;
import org.bouncycastle.crypto.signers.HashMLDSASigner;
import org.bouncycastle.crypto.signers.MLDSASigner;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.m4fw.base.problem.ProblemException;

class VerificationKeyTest {
  private static final byte[] MESSAGE = "firmware".getBytes(UTF_8);
  private static final BigInteger ORDER =
      BigInteger.ONE.shiftLeft(252).add(new BigInteger("27742317777372353535851937790883648493"));

  @Test
  void theIdIsTheDigestOfTheSubjectPublicKeyInfo() throws Exception {
    VerificationKey key = SoftwareKey.generate(Algorithm.ED25519).verificationKey();
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(key.spki());
    assertEquals(HexFormat.of().formatHex(digest), key.id());
  }

  @ParameterizedTest
  @CsvSource({
    "ED25519, Ed25519, Ed25519, 255",
    "ECDSA_P256, EC, SHA256withECDSAinP1363Format, 256",
    "ECDSA_P384, EC, SHA384withECDSAinP1363Format, 384",
    "ML_DSA_65, ML-DSA-65, ML-DSA-65, 0",
    "ML_DSA_87, ML-DSA-87, ML-DSA-87, 0"
  })
  void keysOfTheJdkAreRead(Algorithm algorithm, String keyName, String signatureName, int bits)
      throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance(keyName);
    if (bits > 0) {
      generator.initialize(bits);
    }
    KeyPair pair = generator.generateKeyPair();
    VerificationKey key = VerificationKey.ofSpki("k", "", pair.getPublic().getEncoded());
    Signature signer = Signature.getInstance(signatureName);
    signer.initSign(pair.getPrivate());
    signer.update(MESSAGE);
    byte[] signature = signer.sign();
    if (algorithm.label().startsWith("ecdsa")) {
      signature = EcdsaRules.of(algorithm).canonical(signature);
    }
    assertTrue(key.verifies(MESSAGE, signature));
    assertTrue(Reference.verifies(key, MESSAGE, signature));
  }

  @ParameterizedTest
  @EnumSource
  void aTruncatedKeyIsRejected(Algorithm algorithm) {
    byte[] spki = SoftwareKey.generate(algorithm).verificationKey().spki();
    assertRejected(KeyError.WRONG_SPKI, Arrays.copyOf(spki, spki.length - 1));
  }

  @ParameterizedTest
  @EnumSource
  void bytesAfterAKeyAreRejected(Algorithm algorithm) {
    byte[] spki = SoftwareKey.generate(algorithm).verificationKey().spki();
    assertRejected(KeyError.WRONG_SPKI, Arrays.copyOf(spki, spki.length + 1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"ML-DSA-44", "X25519", "Ed448", "RSA", "DSA"})
  void aKeyOfAnotherAlgorithmIsRejected(String algorithm) throws Exception {
    byte[] spki =
        KeyPairGenerator.getInstance(algorithm).generateKeyPair().getPublic().getEncoded();
    assertRejected(KeyError.WRONG_SPKI, spki);
  }

  /** The same key with NULL parameters would have a second id. */
  @Test
  void aSecondEncodingOfAKeyIsRejected() {
    byte[] spki = SoftwareKey.generate(Algorithm.ED25519).verificationKey().spki();
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
    SoftwareKey key = SoftwareKey.generate(algorithm);
    byte[] signature = key.sign(MESSAGE);
    for (int length : new int[] {0, 1, signature.length - 1, signature.length + 1, 8192}) {
      assertFalse(key.verificationKey().verifies(MESSAGE, Arrays.copyOf(signature, length)));
    }
  }

  @Test
  void anEd25519SignatureWithUnreducedScalarIsRefused() {
    SoftwareKey key = SoftwareKey.generate(Algorithm.ED25519);
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
    SoftwareKey key = SoftwareKey.generate(Algorithm.ML_DSA_65);
    byte[] signature = key.sign(MESSAGE);
    signature[signature.length - 1] = (byte) 0xff;
    assertFalse(key.verificationKey().verifies(MESSAGE, signature));
  }

  @Test
  void anMlDsaSignatureOverTheHashIsRefused() throws Exception {
    byte[] seed = new byte[32];
    HashMLDSASigner signer = new HashMLDSASigner();
    signer.init(true, new MLDSAPrivateKeyParameters(MLDSAParameters.ml_dsa_65_with_sha512, seed));
    signer.update(MESSAGE, 0, MESSAGE.length);
    byte[] signature = signer.generateSignature();
    assertEquals(Algorithm.ML_DSA_65.signatureBytes(), signature.length);
    VerificationKey key = SoftwareKey.of(Algorithm.ML_DSA_65, seed).orElseThrow().verificationKey();
    assertFalse(key.verifies(MESSAGE, signature));
  }

  @Test
  void anMlDsaSignatureForAnotherContextIsRefused() throws Exception {
    byte[] seed = new byte[32];
    MLDSASigner signer = new MLDSASigner();
    signer.init(
        true,
        new ParametersWithContext(
            new MLDSAPrivateKeyParameters(MLDSAParameters.ml_dsa_65, seed), new byte[] {1}));
    signer.update(MESSAGE, 0, MESSAGE.length);
    VerificationKey key = SoftwareKey.of(Algorithm.ML_DSA_65, seed).orElseThrow().verificationKey();
    assertFalse(key.verifies(MESSAGE, signer.generateSignature()));
  }

  @ParameterizedTest
  @EnumSource
  void anotherKeysSignatureIsRefused(Algorithm algorithm) {
    byte[] signature = SoftwareKey.generate(algorithm).sign(MESSAGE);
    assertFalse(SoftwareKey.generate(algorithm).verificationKey().verifies(MESSAGE, signature));
  }

  @ParameterizedTest
  @EnumSource
  void damagedSignaturesAreRefusedAsBouncyCastleRefusesThem(Algorithm algorithm) {
    SoftwareKey key = SoftwareKey.generate(algorithm);
    byte[] signature = key.sign(MESSAGE);
    Random random = new Random(7);
    for (int i = 0; i < (algorithm == Algorithm.SLH_DSA_SHA2_128S ? 20 : 200); i++) {
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
    VerificationKey key = SoftwareKey.generate(algorithm).verificationKey();
    Random random = new Random(8);
    for (int i = 0; i < 200; i++) {
      byte[] noise = new byte[algorithm.signatureBytes()];
      random.nextBytes(noise);
      assertFalse(key.verifies(MESSAGE, noise));
    }
  }

  @Test
  void aCurveThatIsNotTrustedIsRejected() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(521);
    assertRejected(KeyError.WRONG_SPKI, generator.generateKeyPair().getPublic().getEncoded());
  }

  @ParameterizedTest
  @EnumSource(names = {"ECDSA_P256", "ECDSA_P384"})
  void anEcdsaKeyOutsideTheCurveIsRejected(Algorithm algorithm) {
    byte[] spki = SoftwareKey.generate(algorithm).verificationKey().spki();
    spki[spki.length - 1] ^= 1;
    assertRejected(KeyError.WEAK_KEY, spki);
  }

  @ParameterizedTest
  @EnumSource(names = {"ECDSA_P256", "ECDSA_P384"})
  void anEcdsaKeyWithAnUnreducedCoordinateIsRejected(Algorithm algorithm) {
    byte[] spki = SoftwareKey.generate(algorithm).verificationKey().spki();
    Arrays.fill(spki, algorithm.spkiPrefix().length, spki.length, (byte) 0xff);
    assertRejected(KeyError.WEAK_KEY, spki);
  }

  /** A compressed point would be a second encoding, with a second id. */
  @Test
  void aCompressedPointIsRejected() {
    byte[] spki = SoftwareKey.generate(Algorithm.ECDSA_P256).verificationKey().spki();
    byte[] prefix = HexFormat.of().parseHex("3039301306072a8648ce3d020106082a8648ce3d030107032200");
    byte[] other = Arrays.copyOf(prefix, prefix.length + 33);
    other[prefix.length] = (byte) (2 + (spki[spki.length - 1] & 1));
    System.arraycopy(spki, algorithm256Start(), other, prefix.length + 1, 32);
    assertRejected(KeyError.WRONG_SPKI, other);
  }

  private static int algorithm256Start() {
    return Algorithm.ECDSA_P256.spkiPrefix().length;
  }

  @ParameterizedTest
  @EnumSource(names = {"ECDSA_P256", "ECDSA_P384"})
  void theSecondSignatureThatFollowsFromAGoodOneIsRefused(Algorithm algorithm) {
    SoftwareKey key = SoftwareKey.generate(algorithm);
    byte[] signature = key.sign(MESSAGE);
    byte[] high = ecdsaWithHighS(algorithm, signature);
    assertFalse(Arrays.equals(signature, high));
    assertTrue(Reference.verifies(key.verificationKey(), MESSAGE, high));
    assertFalse(key.verificationKey().verifies(MESSAGE, high));
    assertArrayEquals(signature, EcdsaRules.of(algorithm).canonical(high));
  }

  private static byte[] ecdsaWithHighS(Algorithm algorithm, byte[] signature) {
    int half = signature.length / 2;
    BigInteger order =
        CustomNamedCurves.getByName(algorithm == Algorithm.ECDSA_P256 ? "P-256" : "P-384").getN();
    BigInteger s = new BigInteger(1, Arrays.copyOfRange(signature, half, 2 * half));
    byte[] high = order.subtract(s).toByteArray();
    byte[] result = Arrays.copyOf(Arrays.copyOf(signature, half), 2 * half);
    int length = Math.min(half, high.length);
    System.arraycopy(high, high.length - length, result, 2 * half - length, length);
    return result;
  }

  /** CVE-2022-21449: all zero was a signature of everything. */
  @ParameterizedTest
  @EnumSource(names = {"ECDSA_P256", "ECDSA_P384"})
  void anEcdsaSignatureOfZeroesOrBeyondTheOrderIsRefused(Algorithm algorithm) {
    SoftwareKey key = SoftwareKey.generate(algorithm);
    byte[] good = key.sign(MESSAGE);
    int half = good.length / 2;
    for (byte fill : new byte[] {0, (byte) 0xff}) {
      for (int[] range : new int[][] {{0, half}, {half, 2 * half}, {0, 2 * half}}) {
        byte[] bad = good.clone();
        Arrays.fill(bad, range[0], range[1], fill);
        assertFalse(key.verificationKey().verifies(MESSAGE, bad));
      }
    }
  }

  /**
   * DER is another encoding of the same numbers, and shorter ones with the length of ours exist.
   */
  @Test
  void anEcdsaSignatureInDerIsRefused() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(256);
    KeyPair pair = generator.generateKeyPair();
    VerificationKey key = VerificationKey.ofSpki("k", "", pair.getPublic().getEncoded());
    Signature signer = Signature.getInstance("SHA256withECDSA");
    signer.initSign(pair.getPrivate());
    signer.update(MESSAGE);
    byte[] der = signer.sign();
    assertFalse(key.verifies(MESSAGE, der));
    assertFalse(key.verifies(MESSAGE, Arrays.copyOf(der, 64)));
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
