package org.m4fw.signing.key;

import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Optional;

/**
 * A private key in this process, held as its bytes until {@link #close} wipes it. Signatures are
 * deterministic (RFC 8032, RFC 6979, the deterministic variants of FIPS 204 and FIPS 205): the same
 * message gives the same bytes, so that a rebuilt image is identical to the last byte.
 */
public final class SoftwareKey implements SigningKey {
  private final Algorithm algorithm;
  private final byte[] privateKey;
  private final VerificationKey verificationKey;
  private boolean closed;

  private SoftwareKey(Algorithm algorithm, byte[] privateKey, byte[] publicKey) {
    this.algorithm = algorithm;
    this.privateKey = privateKey;
    this.verificationKey = VerificationKey.ofRaw(algorithm, publicKey);
  }

  /** A new key. */
  public static SoftwareKey generate(Algorithm algorithm) {
    byte[] privateKey = Scheme.of(algorithm).generate(new SecureRandom());
    return of(algorithm, privateKey)
        .orElseThrow(() -> new IllegalStateException("a new key is a key"));
  }

  /**
   * The key of these bytes: of a seed, a scalar, or what else the algorithm has. Nothing if they
   * are no private key; they are copied.
   */
  static Optional<SoftwareKey> of(Algorithm algorithm, byte[] privateKey) {
    return Scheme.of(algorithm)
        .publicKey(privateKey)
        .map(publicKey -> new SoftwareKey(algorithm, privateKey.clone(), publicKey));
  }

  @Override
  public Algorithm algorithm() {
    return algorithm;
  }

  @Override
  public VerificationKey verificationKey() {
    return verificationKey;
  }

  @Override
  public byte[] sign(byte[] message) {
    checkOpen();
    return Scheme.of(algorithm).sign(privateKey, message);
  }

  /** The PKCS#8 PrivateKeyInfo; whoever takes it wipes it. */
  byte[] pkcs8() {
    checkOpen();
    byte[] prefix = algorithm.pkcs8Prefix();
    byte[] der = Arrays.copyOf(prefix, prefix.length + privateKey.length);
    System.arraycopy(privateKey, 0, der, prefix.length, privateKey.length);
    return der;
  }

  /** Wipes the key; it signs no more. */
  @Override
  public void close() {
    closed = true;
    Arrays.fill(privateKey, (byte) 0);
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the key is wiped");
    }
  }

  /** The public part only. */
  @Override
  public String toString() {
    return "private key of " + verificationKey;
  }
}
