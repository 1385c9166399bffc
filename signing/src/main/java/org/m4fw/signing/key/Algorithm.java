package org.m4fw.signing.key;

import java.util.HexFormat;
import org.m4fw.image.AlgorithmClass;

/**
 * A signature algorithm. Both have keys of one fixed size, so that the DER around a key is a fixed
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
      64,
      "302a300506032b6570032100",
      "302e020100300506032b657004220420"),
  /** FIPS 204, pure, empty context; DER by RFC 9881, private keys as seeds. */
  ML_DSA_65(
      "ml-dsa-65",
      AlgorithmClass.POST_QUANTUM,
      "ML-DSA-65",
      1952,
      3309,
      "308207b2300b0609608648016503040312038207a100",
      "3034020100300b060960864801650304031204228020");

  /** The bytes of a private key, for every algorithm. */
  public static final int SEED_BYTES = 32;

  private final String label;
  private final AlgorithmClass algorithmClass;
  private final String standardName;
  private final int publicKeyBytes;
  private final int signatureBytes;
  private final String spkiPrefix;
  private final String pkcs8Prefix;

  Algorithm(
      String label,
      AlgorithmClass algorithmClass,
      String standardName,
      int publicKeyBytes,
      int signatureBytes,
      String spkiPrefix,
      String pkcs8Prefix) {
    this.label = label;
    this.algorithmClass = algorithmClass;
    this.standardName = standardName;
    this.publicKeyBytes = publicKeyBytes;
    this.signatureBytes = signatureBytes;
    this.spkiPrefix = spkiPrefix;
    this.pkcs8Prefix = pkcs8Prefix;
  }

  /** The name in files. */
  public String label() {
    return label;
  }

  public AlgorithmClass algorithmClass() {
    return algorithmClass;
  }

  /** The name in the standards, which is also that of the JDK. */
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

  /** The DER that comes before the public key in a SubjectPublicKeyInfo. */
  byte[] spkiPrefix() {
    return HexFormat.of().parseHex(spkiPrefix);
  }

  /** The DER that comes before the seed in a PKCS#8 PrivateKeyInfo. */
  byte[] pkcs8Prefix() {
    return HexFormat.of().parseHex(pkcs8Prefix);
  }
}
