package org.m4fw.signing.key;

import java.security.SecureRandom;
import java.util.Arrays;
import org.bouncycastle.crypto.CryptoException;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.MLDSAParameters;
import org.bouncycastle.crypto.params.MLDSAPrivateKeyParameters;
import org.bouncycastle.crypto.signers.Ed25519Signer;
import org.bouncycastle.crypto.signers.MLDSASigner;

/**
 * A private key, held as its seed until {@link #close} wipes it. Signatures are deterministic (RFC
 * 8032; FIPS 204, deterministic variant): the same message gives the same bytes, so that a rebuilt
 * image is identical to the last byte.
 */
public final class SigningKey implements AutoCloseable {
  private final Algorithm algorithm;
  private final byte[] seed;
  private final VerificationKey verificationKey;
  private boolean closed;

  private SigningKey(Algorithm algorithm, byte[] seed) {
    this.algorithm = algorithm;
    this.seed = seed;
    this.verificationKey = VerificationKey.ofRaw(algorithm, publicKey(algorithm, seed));
  }

  /** A new key. */
  public static SigningKey generate(Algorithm algorithm) {
    byte[] seed = new byte[Algorithm.SEED_BYTES];
    new SecureRandom().nextBytes(seed);
    return new SigningKey(algorithm, seed);
  }

  /** The key of a seed; the seed is copied. */
  static SigningKey ofSeed(Algorithm algorithm, byte[] seed) {
    return new SigningKey(algorithm, seed.clone());
  }

  private static byte[] publicKey(Algorithm algorithm, byte[] seed) {
    return switch (algorithm) {
      case ED25519 -> new Ed25519PrivateKeyParameters(seed).generatePublicKey().getEncoded();
      case ML_DSA_65 -> mlDsa(seed).getPublicKey();
    };
  }

  private static MLDSAPrivateKeyParameters mlDsa(byte[] seed) {
    return new MLDSAPrivateKeyParameters(MLDSAParameters.ml_dsa_65, seed);
  }

  public Algorithm algorithm() {
    return algorithm;
  }

  public VerificationKey verificationKey() {
    return verificationKey;
  }

  /** Always {@link Algorithm#signatureBytes} long. */
  public byte[] sign(byte[] message) {
    checkOpen();
    return switch (algorithm) {
      case ED25519 -> {
        Ed25519Signer signer = new Ed25519Signer();
        signer.init(true, new Ed25519PrivateKeyParameters(seed));
        signer.update(message, 0, message.length);
        yield signer.generateSignature();
      }
      case ML_DSA_65 -> {
        MLDSASigner signer = new MLDSASigner();
        signer.init(true, mlDsa(seed));
        signer.update(message, 0, message.length);
        try {
          yield signer.generateSignature();
        } catch (CryptoException e) {
          throw new IllegalStateException("an initialised signer signs", e);
        }
      }
    };
  }

  /** The PKCS#8 PrivateKeyInfo; whoever takes it wipes it. */
  byte[] pkcs8() {
    checkOpen();
    byte[] prefix = algorithm.pkcs8Prefix();
    byte[] der = Arrays.copyOf(prefix, prefix.length + seed.length);
    System.arraycopy(seed, 0, der, prefix.length, seed.length);
    return der;
  }

  /** Wipes the key; it signs no more. */
  @Override
  public void close() {
    closed = true;
    Arrays.fill(seed, (byte) 0);
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
