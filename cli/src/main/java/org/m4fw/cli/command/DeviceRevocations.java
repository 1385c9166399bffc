package org.m4fw.cli.command;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.m4fw.base.file.OutputFile;
import org.m4fw.image.ImageFile;
import org.m4fw.signing.statement.RevocationList;
import org.m4fw.signing.statement.SignedStatement;
import org.m4fw.signing.trust.Revocations;
import org.m4fw.signing.trust.Verifier;

/**
 * The latest list of revocations that a simulated device has seen in an image; it is verified again
 * whenever it is used.
 *
 * @param directory that of the slots
 */
record DeviceRevocations(Path directory) {

  /** A verifier that refuses what the device knows to be revoked. */
  Verifier apply(Verifier verifier) {
    return stored(verifier).map(verifier::refusing).orElse(verifier);
  }

  /**
   * Keeps the list that an installed image carries, if it is newer than the one at hand.
   *
   * @return the list, if it was kept
   */
  Optional<Revocations> adopt(ImageFile installed, Verifier verifier) {
    Optional<SignedStatement> carried = RevocationList.carriedBy(installed);
    Optional<Revocations> list =
        carried.map(statement -> RevocationList.verified(statement, verifier, 1));
    long before = stored(verifier).map(Revocations::version).orElse(0L);
    if (list.isEmpty() || list.get().version() <= before) {
      return Optional.empty();
    }
    OutputFile.write(file(), carried.orElseThrow().bytes());
    return list;
  }

  private Optional<Revocations> stored(Verifier verifier) {
    return Files.exists(file())
        ? Optional.of(RevocationList.verified(SignedStatement.read(file()), verifier, 1))
        : Optional.empty();
  }

  private Path file() {
    return directory.resolve("revocations.json");
  }
}
