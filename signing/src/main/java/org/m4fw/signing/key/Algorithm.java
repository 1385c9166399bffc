package org.m4fw.signing.key;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import org.m4fw.image.AlgorithmClass;

/**
 * A signature algorithm. All have keys of one fixed size, so that the DER around a key is a fixed
 * prefix: a file holds exactly these bytes and the key, or it is refused. No ASN.1 is parsed, and
 * no key has two encodings (and with them two key ids).
 */
public enum Algorithm {
  /** RFC 8032, pure; DER by RFC 8410. */
  ED25519(
      "ed25519",
      AlgorithmClass.CLASSICAL,
      "Ed25519",
      32,
      32,
      64,
      "302a300506032b6570032100",
      "302e020100300506032b657004220420"),
  /**
   * FIPS 186-5 with SHA-256; public keys as uncompressed points (RFC 5480), private keys as the
   * scalar alone (RFC 5915 without the optional fields), signatures as {@code r‖s} with the lower
   * of the two values of s.
   */
  ECDSA_P256(
      "ecdsa-p256",
      AlgorithmClass.CLASSICAL,
      "ECDSA P-256",
      64,
      32,
      64,
      "3059301306072a8648ce3d020106082a8648ce3d03010703420004",
      "3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420"),
  /** As {@link #ECDSA_P256}, with SHA-384. */
  ECDSA_P384(
      "ecdsa-p384",
      AlgorithmClass.CLASSICAL,
      "ECDSA P-384",
      96,
      48,
      96,
      "3076301006072a8648ce3d020106052b8104002203620004",
      "304e020100301006072a8648ce3d020106052b81040022043730350201010430"),
  /** FIPS 204, pure, empty context; DER by RFC 9881, private keys as seeds. */
  ML_DSA_65(
      "ml-dsa-65",
      AlgorithmClass.POST_QUANTUM,
      "ML-DSA-65",
      1952,
      32,
      3309,
      "308207b2300b0609608648016503040312038207a100",
      "3034020100300b060960864801650304031204228020"),
  /** As {@link #ML_DSA_65}. */
  ML_DSA_87(
      "ml-dsa-87",
      AlgorithmClass.POST_QUANTUM,
      "ML-DSA-87",
      2592,
      32,
      4627,
      "30820a32300b060960864801650304031303820a2100",
      "3034020100300b060960864801650304031304228020"),
  /**
   * FIPS 205, pure, empty context, deterministic; DER by RFC 9909. Rests on nothing but SHA-256;
   * signing takes seconds, so it is for root keys only.
   */
  SLH_DSA_SHA2_128S(
      "slh-dsa-sha2-128s",
      AlgorithmClass.POST_QUANTUM,
      "SLH-DSA-SHA2-128s",
      32,
      64,
      7856,
      "3030300b0609608648016503040314032100",
      "3052020100300b06096086480165030403140440");

  private final String label;
  private final AlgorithmClass algorithmClass;
  private final String standardName;
  private final int publicKeyBytes;
  private final int privateKeyBytes;
  private final int signatureBytes;
  private final String spkiPrefix;
  private final String pkcs8Prefix;

  Algorithm(
      String label,
      AlgorithmClass algorithmClass,
      String standardName,
      int publicKeyBytes,
      int privateKeyBytes,
      int signatureBytes,
      String spkiPrefix,
      String pkcs8Prefix) {
    this.label = label;
    this.algorithmClass = algorithmClass;
    this.standardName = standardName;
    this.publicKeyBytes = publicKeyBytes;
    this.privateKeyBytes = privateKeyBytes;
    this.signatureBytes = signatureBytes;
    this.spkiPrefix = spkiPrefix;
    this.pkcs8Prefix = pkcs8Prefix;
  }

  /** The algorithm of that name in files. */
  public static Optional<Algorithm> ofLabel(String label) {
    return Arrays.stream(values()).filter(algorithm -> algorithm.label.equals(label)).findFirst();
  }

  /** The name in files. */
  public String label() {
    return label;
  }

  public AlgorithmClass algorithmClass() {
    return algorithmClass;
  }

  /** The name in the standards, for people. */
  public String standardName() {
    return standardName;
  }

  /** The length of every signature. */
  public int signatureBytes() {
    return signatureBytes;
  }

  int publicKeyBytes() {
    return publicKeyBytes;
  }

  int privateKeyBytes() {
    return privateKeyBytes;
  }

  /** The DER that comes before the public key in a SubjectPublicKeyInfo. */
  byte[] spkiPrefix() {
    return HexFormat.of().parseHex(spkiPrefix);
  }

  /** The DER that comes before the private key in a PKCS#8 PrivateKeyInfo. */
  byte[] pkcs8Prefix() {
    return HexFormat.of().parseHex(pkcs8Prefix);
  }
}
