package org.m4fw.image;

import java.nio.file.Path;
import org.m4fw.base.file.OutputFile;
import org.m4fw.base.problem.ProblemException;

/**
 * Gives a container other signatures: a countersignature, a release key in place of a development
 * key. Payload and image id stay; the slot and what follows from it change.
 */
public final class Resigning {
  private Resigning() {}

  /**
   * Writes the container with a new envelope. The sections are copied, not checked: verify them
   * first.
   *
   * @param target may be the source's own path
   * @throws ProblemException with an {@link ImageError} if the envelope belongs to another payload
   *     or does not fit
   */
  public static SignedImage resign(ImageFile source, Envelope envelope, Path target) {
    EnvelopeMatch.check(source.path().toString(), source.manifest(), source.imageId(), envelope);
    try (OutputFile file = OutputFile.create(target)) {
      file.append(source.segment());
      ImageWriter.frame(file, source.manifest(), envelope);
      ImageFile.open(file.temporaryPath()).close();
      file.commit();
    }
    return new SignedImage(target, source.manifest(), source.imageId());
  }
}
