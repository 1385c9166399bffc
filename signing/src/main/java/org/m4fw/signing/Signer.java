package org.m4fw.signing;

import java.nio.file.Path;
import java.util.List;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.base.progress.Progress;
import org.m4fw.image.Envelope;
import org.m4fw.image.ImageFile;
import org.m4fw.image.Manifest;
import org.m4fw.image.Resigning;
import org.m4fw.image.SignedImage;
import org.m4fw.image.UnsignedImage;
import org.m4fw.signing.key.SigningKey;

/**
 * Signs with all keys of an identity. Development and release never mix: the mark is part of what
 * is signed, so a development build stays one whoever signs it.
 */
public final class Signer {
  private final SigningIdentity identity;

  /** What becomes of the signatures that an image has already. */
  public enum Existing {
    /** They stay, but for those by keys that sign again. */
    KEEP,
    /** They go. */
    REPLACE
  }

  /** Uses the identity, which the caller closes. */
  public Signer(SigningIdentity identity) {
    this.identity = identity;
  }

  /** An envelope with one signature by each key. */
  public Envelope sign(String payloadType, byte[] payload) {
    return Envelope.of(payloadType, payload, signatures(payloadType, payload));
  }

  /**
   * Signs an image that was just written and gives it its name.
   *
   * @throws ProblemException with a {@link SigningError} if one is for development and the other is
   *     not
   */
  public SignedImage complete(UnsignedImage image) {
    checkMark(image.target().toString(), image.manifest());
    return image.complete(sign(image.manifest().kind().payloadType(), image.payload()));
  }

  /**
   * Signs an image again; its payload and id stay. What is signed is checked first to be whole.
   *
   * @param target may be the image's own path
   * @throws ProblemException with a {@link SigningError} as in {@link #complete}, or an {@link
   *     org.m4fw.image.ImageError} if the image is damaged or has no room
   */
  public SignedImage resign(ImageFile image, Existing existing, Path target, Progress progress) {
    checkMark(image.path().toString(), image.manifest());
    image.verifyIntegrity(progress);
    Envelope old = image.envelope();
    Envelope signed = sign(old.payloadType(), old.payload());
    return Resigning.resign(
        image,
        switch (existing) {
          case KEEP -> old.withSignatures(signed.signatures());
          case REPLACE -> signed;
        },
        target);
  }

  /**
   * Signs what was taken out of a container; {@link SignatureAttachment} brings it back.
   *
   * @throws ProblemException with a {@link SigningError} as in {@link #complete}
   */
  public Envelope sign(SigningRequest request) {
    checkMark(request.file(), request.manifest());
    return sign(request.payloadType(), request.payload());
  }

  private List<Envelope.Signature> signatures(String payloadType, byte[] payload) {
    byte[] message = Envelope.preAuthenticationEncoding(payloadType, payload);
    return identity.keys().stream()
        .map(key -> Envelope.Signature.of(key.verificationKey().id(), sign(key, message)))
        .toList();
  }

  /**
   * Checked at once with the verifier's own, other implementation: a faulty signature can betray
   * the key that made it and must not leave the house.
   */
  private static byte[] sign(SigningKey key, byte[] message) {
    byte[] signature = key.sign(message);
    if (!key.verificationKey().verifies(message, signature)) {
      throw new IllegalStateException("a signature does not verify: " + key.verificationKey());
    }
    return signature;
  }

  private void checkMark(String file, Manifest manifest) {
    if (manifest.development() && !identity.development()) {
      throw SigningError.DEVELOPMENT_IMAGE.at(file, "");
    }
    if (!manifest.development() && identity.development()) {
      throw SigningError.RELEASE_IMAGE.at(file, "");
    }
  }
}
