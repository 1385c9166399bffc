package org.m4fw.signing;

import org.m4fw.base.problem.ErrorCode;

/** What stops an identity from being made, opened or used. */
public enum SigningError implements ErrorCode {
  IDENTITY_EXISTS(
      "exists already; keys are never replaced", "choose another name, or move the old keys away"),
  NO_IDENTITY(
      "is not a signing identity: found no directory with trust-root.json",
      "make one with `m4fw keys new --out DIR/NAME`"),
  NO_KEYS(
      "holds no private key",
      "give the directory that `m4fw keys new` made, with its .key.pem files"),
  PROGRAM_UNUSED(
      "has all its private keys in files or tokens: %s would sign nothing",
      "leave --signing-helper out; or give a directory that holds only the public keys"),
  KEY_NOT_IN_ROOT(
      "is not a key of the trust root beside it", "put the key and its trust root back together"),
  NOT_OF_THIS_ROOT(
      "none of its keys may sign roots, neither by %s nor by the root before that",
      "sign with an identity that has the role root there, and name the root before it with --previous"),
  NOT_IN_FILES(
      "has keys that are not in files, so that their successors are not made here",
      "make them with `m4fw keys new`, then `m4fw root change` and `m4fw root sign`"),
  CANNOT_SIGN_ROOT(
      "its keys alone may not sign the root that follows %s",
      "draft it with `m4fw root change`, and let others sign it, too: `m4fw root sign`"),
  NOT_DEVELOPMENT(
      "is not a development identity, but is where that belongs",
      "move these keys to a place of their own and use them with --key"),
  DEVELOPMENT_IMAGE(
      "is a development build and this is a release identity",
      "build it again with this identity: `signing` in the recipe, or --key; signing cannot make a"
          + " release of a development build"),
  IDENTITY_FIELD("found %s, expected %s", "correct identity.json"),
  WRONG_KEYS(
      "an identity has one key of each class, and is given %s",
      "give one classical and one post-quantum key"),
  NOT_A_REQUEST("is not what an image's signers sign", "make it with `m4fw sign IMAGE --detached`"),
  OTHER_PAYLOAD(
      "holds signatures over %s, and this is %s",
      "give the signatures that were made over this image's own request"),
  RELEASE_IMAGE(
      "is a release build and the development identity cannot sign it",
      "sign it with a release identity, or build it again without one");

  private final String template;
  private final String hint;

  SigningError(String template, String hint) {
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
