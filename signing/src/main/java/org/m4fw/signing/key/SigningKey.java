package org.m4fw.signing.key;

import org.m4fw.base.problem.ProblemException;

/**
 * A private key that signs, wherever it is kept: in this process ({@link SoftwareKey}), in a
 * PKCS#11 token that never gives it away ({@link TokenKey}), or with a program of the owner's
 * ({@link CommandKey}).
 */
public sealed interface SigningKey extends AutoCloseable permits SoftwareKey, TokenKey, CommandKey {

  /** A new key, in this process. */
  static SoftwareKey generate(Algorithm algorithm) {
    return SoftwareKey.generate(algorithm);
  }

  /** The public part; every signature verifies with it. */
  VerificationKey verificationKey();

  default Algorithm algorithm() {
    return verificationKey().algorithm();
  }

  /**
   * Signs.
   *
   * @return the signature in the form that {@link VerificationKey#verifies} takes, {@link
   *     Algorithm#signatureBytes} long
   * @throws ProblemException with a {@link TokenError} or {@link SigningProgramError} if the key's
   *     keeper does not give a signature that verifies
   */
  byte[] sign(byte[] message);

  /** Wipes the key, or leaves its keeper; it signs no more. */
  @Override
  void close();
}
