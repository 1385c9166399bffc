package org.m4fw.cli.adapter;

import java.util.Optional;
import org.m4fw.adapter.contract.Finding;
import org.m4fw.adapter.contract.Reason;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.image.ImageFile;
import org.m4fw.signing.trust.VerificationError;
import org.m4fw.signing.trust.Verifier;

/** Why a package is not trusted, in the words of the decision about it. */
public final class Distrust {
  private Distrust() {}

  /** Empty if its signatures are trusted. */
  public static Optional<Finding> of(Verifier verifier, ImageFile image) {
    try {
      verifier.verifySignatures(image);
      return Optional.empty();
    } catch (ProblemException e) {
      return Optional.of(new Finding(reason(e), e.problem().item(), e.problem().message()));
    }
  }

  private static Reason reason(ProblemException e) {
    return e.problem().code() instanceof VerificationError error
        ? switch (error) {
          case REVOKED_KEY, REVOKED_CONTENT, REVOKED_INDEX -> Reason.REVOKED;
          default -> Reason.SIGNATURE;
        }
        : Reason.SIGNATURE;
  }
}
