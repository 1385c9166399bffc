package org.m4fw.signing.key;

import java.util.Arrays;
import org.m4fw.base.digest.Digest;

/**
 * A public key that is known to be well formed. The algorithm is a property of the key: nothing
 * that is being verified can choose it.
 */
public final class VerificationKey {
  private final Algorithm algorithm;
  private final byte[] spki;
  private final String id;
  private final SignatureRule rule;

  private VerificationKey(Algorithm algorithm, byte[] spki, SignatureRule rule) {
    this.algorithm = algorithm;
    this.spki = spki;
    this.id = Digest.of(spki).hex();
    this.rule = rule;
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
        byte[] raw = Arrays.copyOfRange(spki, prefix.length, spki.length);
        return new VerificationKey(
            algorithm, spki.clone(), SignatureRule.of(file, item, algorithm, spki, raw));
      }
    }
    throw KeyError.WRONG_SPKI.at(file, item, spki.length);
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
    return signature.length == algorithm.signatureBytes() && rule.accepts(message, signature);
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
