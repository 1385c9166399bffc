package org.m4fw.signing.key;

import org.m4fw.base.problem.ErrorCode;

/** What is wrong with a key or its file. No message ever holds a part of a private key. */
public enum KeyError implements ErrorCode {
  NOT_PEM("is not a PEM file with exactly one %s", "give a key file that `m4fw keys new` wrote"),
  TOO_LARGE("has %d bytes, more than the %d allowed", "this is hardly the key that was meant"),
  WRONG_SPKI(
      "is not the public key of a known algorithm: found %d bytes, expected the DER of an Ed25519,"
          + " ECDSA P-256 or P-384, ML-DSA-65 or -87, or SLH-DSA-SHA2-128s SubjectPublicKeyInfo",
      "use keys that `m4fw keys new` made; other algorithms are not accepted"),
  WEAK_KEY("is a point that no honest key has (%s)", "replace this key; do not trust its source"),
  WRONG_PRIVATE_KEY(
      "is not the PKCS#8 private key of a known algorithm, in its shortest form",
      "give the key file that `m4fw keys new` wrote"),
  IMPOSSIBLE_PRIVATE_KEY(
      "holds bytes that are no private key of %s", "the file was damaged: take the key's backup"),
  PERMISSIONS("can be read or changed by others (%s)", "run `chmod 600` on this file"),
  CHANGEABLE(
      "can be changed by others (%s), and says what is loaded and run",
      "run `chmod go-w` on this file"),
  NO_PASSPHRASE(
      "is encrypted and no passphrase was given",
      "give it with --passphrase-env or --passphrase-file, or in the recipe"),
  EMPTY_PASSPHRASE("the passphrase is empty", "give a passphrase, or none at all"),
  PASSPHRASE_TOO_LONG(
      "has more than %d bytes, too many for a passphrase or PIN",
      "give the file whose first line it is"),
  WRONG_PASSPHRASE(
      "cannot be decrypted: the passphrase is wrong, or the file was changed",
      "give the passphrase that the key was made with"),
  UNKNOWN_ENCRYPTION(
      "is encrypted in an unknown way, expected PBES2 with scrypt and AES-256-CBC",
      "encrypt the key as `m4fw keys new` does");

  private final String template;
  private final String hint;

  KeyError(String template, String hint) {
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
