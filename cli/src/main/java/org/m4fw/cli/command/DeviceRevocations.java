package org.m4fw.cli.command;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.m4fw.base.file.OutputFile;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.image.ImageFile;
import org.m4fw.signing.statement.RevocationList;
import org.m4fw.signing.statement.SignedStatement;
import org.m4fw.signing.trust.Revocations;
import org.m4fw.signing.trust.VerificationError;
import org.m4fw.signing.trust.Verifier;

/**
 * The latest list of revocations that a simulated device has seen in an image; it is verified again
 * whenever it is used.
 *
 * @param directory that of the slots
 */
record DeviceRevocations(Path directory) {
  /** What the file itself is to blame for; everything else has become of the trust root since. */
  private static final Set<VerificationError> DAMAGE =
      Set.of(
          VerificationError.WRONG_PAYLOAD_TYPE,
          VerificationError.SIGNATURE_LENGTH,
          VerificationError.BAD_SIGNATURE);

  /** A verifier that refuses what the device knows to be revoked. */
  Verifier apply(Verifier verifier) {
    return stored(verifier).map(verifier::refusing).orElse(verifier);
  }

  /**
   * Keeps the list that an installed image carries, if it is newer than the one at hand. A key that
   * the list at hand revokes cannot sign the next one.
   *
   * @return the list, if it was kept
   */
  Optional<Revocations> adopt(ImageFile installed, Verifier verifier) {
    Optional<SignedStatement> carried = RevocationList.carriedBy(installed);
    Optional<Revocations> before = stored(verifier);
    Verifier knowing = before.map(verifier::refusing).orElse(verifier);
    Optional<Revocations> list =
        carried.map(statement -> RevocationList.verified(statement, knowing, 1));
    long version = before.map(Revocations::version).orElse(0L);
    if (list.isEmpty() || list.get().version() <= version) {
      return Optional.empty();
    }
    OutputFile.write(file(), carried.orElseThrow().bytes());
    return list;
  }

  /**
   * The list at hand. Whoever signed it may have lost the keys since: a list that the trust root
   * does not bear out any more does not count, or nothing could ever be installed again.
   */
  private Optional<Revocations> stored(Verifier verifier) {
    if (!Files.exists(file())) {
      return Optional.empty();
    }
    SignedStatement statement = SignedStatement.read(file());
    try {
      return Optional.of(RevocationList.verified(statement, verifier.ignoringUnknownSigners(), 1));
    } catch (ProblemException e) {
      if (e.problem().code() instanceof VerificationError error && !DAMAGE.contains(error)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private Path file() {
    return directory.resolve("revocations.json");
  }
}
