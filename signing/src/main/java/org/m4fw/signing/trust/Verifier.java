package org.m4fw.signing.trust;

import org.m4fw.base.problem.ProblemException;
import org.m4fw.base.progress.Progress;
import org.m4fw.image.ImageFile;
import org.m4fw.image.Manifest;
import org.m4fw.image.SignedManifest;

/**
 * Decides whether a container is trusted. The order: structure ({@link ImageFile#open}), the
 * development mark, the trust root, every signature, the thresholds of the trust root, those of the
 * payload, then all sections against their digests. Until the signatures are checked, the manifest
 * only chooses between two trust roots that both demand signatures.
 */
public final class Verifier {
  private final TrustRoots roots;
  private final Policy policy;

  public Verifier(TrustRoots roots, Policy policy) {
    this.roots = roots;
    this.policy = policy;
  }

  /**
   * Checks signatures and all sections.
   *
   * @throws ProblemException with a {@link VerificationError}, {@link TrustRootError} or {@link
   *     org.m4fw.image.ImageError}; nothing else, for any bytes
   */
  public Verified verify(ImageFile image, Progress progress) {
    Verified verified = verifySignatures(image);
    image.verifyIntegrity(progress);
    return verified;
  }

  /** Checks the signatures alone, for callers that check sections as they read them. */
  public Verified verifySignatures(ImageFile image) {
    return verifySignatures(image.signedManifest());
  }

  /** As {@link #verifySignatures(ImageFile)}, for an image of which no more than that is here. */
  public Verified verifySignatures(SignedManifest image) {
    String file = image.file();
    Manifest manifest = image.manifest();
    if (manifest.development() && !policy.allowDevelopment()) {
      throw VerificationError.DEVELOPMENT_IMAGE.at(file, "");
    }
    TrustRoot root = roots.forBuild(file, manifest.development());
    SignatureCheck.Result result =
        new SignatureCheck(file, root, policy)
            .run(image.envelope(), manifest.kind().payloadType(), manifest.requiredSignatures());
    return new Verified(
        image.imageId(),
        manifest.kind(),
        manifest.development(),
        root.source(),
        result.signers(),
        result.unknown());
  }
}
