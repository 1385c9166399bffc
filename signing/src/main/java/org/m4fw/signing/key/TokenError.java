package org.m4fw.signing.key;

import org.m4fw.base.problem.ErrorCode;

/** What a PKCS#11 token does not do. No message ever holds a PIN. */
public enum TokenError implements ErrorCode {
  BAD_MODULE(
      "is not the absolute path of a PKCS#11 library",
      "give the .so of the token's vendor, such as /usr/lib/softhsm/libsofthsm2.so"),
  NO_SUPPORT("this Java has no PKCS#11", "use a JDK with the module jdk.crypto.cryptoki"),
  UNUSABLE(
      "cannot be used: %s",
      "check the library, the slot number (with the vendor's tool) and that the token is plugged"
          + " in"),
  NO_PIN("needs a PIN and none was given", "give it with --pin-env or --pin-file"),
  WRONG_PIN(
      "refuses the PIN; it was tried once",
      "check the PIN: a token locks itself after a few tries"),
  NO_SUCH_KEY(
      "holds no private key of that name with a certificate of the same name",
      "make it with `m4fw keys new --pkcs11`, or store a certificate for the key under its name"),
  KEY_EXISTS("holds a key of that name already", "choose another --label"),
  NO_SUCH_ALGORITHM(
      "cannot hold %s keys through the JDK", "use ecdsa-p256 or ecdsa-p384 for keys in tokens"),
  OTHER_KEY(
      "holds another key than the identity's public key file says",
      "put the key and its identity back together, or correct slot and label in identity.json"),
  WRONG_SIGNATURE(
      "gave a signature that does not verify with the key's public part",
      "check the token; nothing was written");

  private final String template;
  private final String hint;

  TokenError(String template, String hint) {
    this.template = template;
    this.hint = hint;
  }

  @Override
  public String template() {
    return template;
  }

  @Override
  public String hint() {
    return hint;
  }
}
