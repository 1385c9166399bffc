package org.m4fw.signing.key;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import org.m4fw.base.digest.Digest;

/**
 * A public key that is known to be well formed. The algorithm is a property of the key: nothing
 * that is being verified can choose it. Verification uses the JDK only.
 */
public final class VerificationKey {
  private final Algorithm algorithm;
  private final byte[] spki;
  private final String id;
  private final PublicKey key;

  private VerificationKey(Algorithm algorithm, byte[] spki, PublicKey key) {
    this.algorithm = algorithm;
    this.spki = spki;
    this.id = Digest.of(spki).hex();
    this.key = key;
  }

  /**
   * The key in a DER SubjectPublicKeyInfo.
   *
   * @param file where the key is, for messages
   * @param item as for {@code file}
   * @throws org.m4fw.base.problem.ProblemException with a {@link KeyError} if the bytes are not the
   *     one encoding of a key of a known {@link Algorithm}, or the key is weak
   */
  public static VerificationKey ofSpki(String file, String item, byte[] spki) {
    for (Algorithm algorithm : Algorithm.values()) {
      byte[] prefix = algorithm.spkiPrefix();
      if (spki.length == prefix.length + algorithm.publicKeyBytes()
          && Arrays.equals(prefix, 0, prefix.length, spki, 0, prefix.length)) {
        if (algorithm == Algorithm.ED25519) {
          Ed25519Rules.checkPublicKey(
              file, item, Arrays.copyOfRange(spki, prefix.length, spki.length));
        }
        return new VerificationKey(algorithm, spki.clone(), load(file, item, algorithm, spki));
      }
    }
    throw KeyError.WRONG_SPKI.at(file, item, spki.length);
  }

  private static PublicKey load(String file, String item, Algorithm algorithm, byte[] spki) {
    try {
      PublicKey key =
          KeyFactory.getInstance(algorithm.standardName())
              .generatePublic(new X509EncodedKeySpec(spki));
      // Only this finds Ed25519 keys that are not on the curve.
      Signature.getInstance(algorithm.standardName()).initVerify(key);
      return key;
    } catch (GeneralSecurityException e) {
      throw KeyError.WEAK_KEY.at(file, item, "not a point of the curve");
    }
  }

  static VerificationKey ofRaw(Algorithm algorithm, byte[] publicKey) {
    byte[] prefix = algorithm.spkiPrefix();
    byte[] spki = Arrays.copyOf(prefix, prefix.length + publicKey.length);
    System.arraycopy(publicKey, 0, spki, prefix.length, publicKey.length);
    return ofSpki("", algorithm.label(), spki);
  }

  public Algorithm algorithm() {
    return algorithm;
  }

  /** The SHA-256 of the SubjectPublicKeyInfo, 64 lower-case hexadecimal digits. */
  public String id() {
    return id;
  }

  /** The DER SubjectPublicKeyInfo. */
  public byte[] spki() {
    return spki.clone();
  }

  /** Whether this key made the signature. Anything malformed is simply not a signature. */
  public boolean verifies(byte[] message, byte[] signature) {
    if (signature.length != algorithm.signatureBytes()
        || (algorithm == Algorithm.ED25519 && !Ed25519Rules.isCanonicalSignature(signature))) {
      return false;
    }
    try {
      Signature verifier = Signature.getInstance(algorithm.standardName());
      verifier.initVerify(key);
      verifier.update(message);
      return verifier.verify(signature);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof VerificationKey that && Arrays.equals(spki, that.spki);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(spki);
  }

  /** The algorithm and the id. */
  @Override
  public String toString() {
    return algorithm.label() + " " + id;
  }
}
