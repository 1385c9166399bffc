package org.m4fw.signing.key;

import java.nio.file.Path;
import java.security.PrivateKey;
import org.m4fw.base.problem.ProblemException;

/**
 * A key in a PKCS#11 token. Its signatures are not deterministic: two signed images differ in them,
 * but in nothing else.
 */
public final class TokenKey implements SigningKey {
  private final Token token;
  private final PrivateKey key;
  private final VerificationKey verificationKey;

  TokenKey(Token token, PrivateKey key, VerificationKey verificationKey) {
    this.token = token;
    this.key = key;
    this.verificationKey = verificationKey;
  }

  /**
   * Opens the key of that name.
   *
   * @param slot the token's slot number
   * @param pin not closed here
   * @throws ProblemException with a {@link TokenError} or {@link KeyError}
   */
  public static TokenKey open(Path module, long slot, String label, Passphrase pin) {
    Token token = Token.open(new Token.Place(module, slot), pin);
    try {
      return token.key(label);
    } catch (ProblemException e) {
      token.close();
      throw e;
    }
  }

  /**
   * Makes a key in the token.
   *
   * @throws ProblemException with a {@link TokenError}; among them if the name is taken, or the
   *     algorithm is neither ECDSA P-256 nor P-384
   */
  public static TokenKey generate(
      Path module, long slot, String label, Algorithm algorithm, Passphrase pin) {
    Token token = Token.open(new Token.Place(module, slot), pin);
    try {
      return token.generate(label, algorithm);
    } catch (ProblemException e) {
      token.close();
      throw e;
    }
  }

  @Override
  public VerificationKey verificationKey() {
    return verificationKey;
  }

  @Override
  public byte[] sign(byte[] message) {
    byte[] signature =
        EcdsaForm.canonical(algorithm(), token.sign(key, algorithm(), message))
            .orElseThrow(() -> TokenError.WRONG_SIGNATURE.at(token.text(), ""));
    if (!verificationKey.verifies(message, signature)) {
      throw TokenError.WRONG_SIGNATURE.at(token.text(), "");
    }
    return signature;
  }

  /** Logs out. */
  @Override
  public void close() {
    token.close();
  }

  /** The public part only. */
  @Override
  public String toString() {
    return "key in a token, of " + verificationKey;
  }
}
