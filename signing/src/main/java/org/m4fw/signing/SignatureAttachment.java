package org.m4fw.signing;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.m4fw.base.bytes.FileBytes;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.base.progress.Progress;
import org.m4fw.image.Envelope;
import org.m4fw.image.ImageFile;
import org.m4fw.image.Resigning;
import org.m4fw.image.SignedImage;
import org.m4fw.signing.trust.AddedSignatures;
import org.m4fw.signing.trust.TrustRoots;
import org.m4fw.signing.trust.TrustedKey;

/** Brings signatures that were made elsewhere back to their container. */
public final class SignatureAttachment {
  /** An envelope fits into the slot of its container. */
  private static final long MAX_BYTES = 4L << 20;

  private final TrustRoots roots;

  /** Only keys of these trust roots are let in. */
  public SignatureAttachment(TrustRoots roots) {
    this.roots = roots;
  }

  /**
   * What came of it.
   *
   * @param signers whose signatures were attached, each once
   */
  public record Attached(SignedImage image, List<TrustedKey> signers) {
    public Attached {
      signers = List.copyOf(signers);
    }
  }

  /**
   * Writes the container with the signatures added to its own. The container is first checked to be
   * whole, and each signature to be that of a trusted key over this payload; whether they are
   * enough is for verification to say, as more may follow.
   *
   * @param files DSSE envelopes with the container's payload, as signing a request makes them
   * @param target may be the container's own path
   * @throws ProblemException with {@link SigningError#OTHER_PAYLOAD}, a {@link
   *     org.m4fw.signing.trust.VerificationError} or an {@link org.m4fw.image.ImageError}
   */
  public Attached attach(
      ImageFile image, List<Path> files, Signer.Existing existing, Path target, Progress progress) {
    List<Envelope.Signature> added = new ArrayList<>();
    List<TrustedKey> signers = new ArrayList<>();
    for (Path file : files) {
      Envelope envelope = Envelope.parse(file.toString(), FileBytes.read(file, MAX_BYTES));
      SigningRequest wanted = SigningRequest.of(image);
      byte[] bytes = envelope.preAuthenticationEncoding();
      if (!Arrays.equals(bytes, wanted.bytes())) {
        throw SigningError.OTHER_PAYLOAD.at(
            file, "", Digest.of(envelope.payload()), image.imageId());
      }
      signers.addAll(
          AddedSignatures.check(file.toString(), envelope, image.manifest().development(), roots));
      added.addAll(envelope.signatures());
    }
    image.verifyIntegrity(progress);
    Envelope old = image.envelope();
    Envelope merged =
        switch (existing) {
          case KEEP -> old.withSignatures(added);
          case REPLACE -> Envelope.of(old.payloadType(), old.payload(), added);
        };
    return new Attached(
        Resigning.resign(image, merged, target), signers.stream().distinct().toList());
  }
}
