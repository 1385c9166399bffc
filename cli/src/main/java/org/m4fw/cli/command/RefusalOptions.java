package org.m4fw.cli.command;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.m4fw.signing.statement.RevocationList;
import org.m4fw.signing.statement.SignedStatement;
import org.m4fw.signing.trust.KeyLineage;
import org.m4fw.signing.trust.Verifier;
import picocli.CommandLine.Option;

/** What has become of keys and builds since the trust root was made. */
final class RefusalOptions {
  @Option(
      names = "--revocations",
      paramLabel = "FILE",
      description = "Refuse what this list revokes, as 'm4fw revoke' writes it.")
  Optional<Path> revocations = Optional.empty();

  @Option(
      names = "--lineage",
      paramLabel = "FILE",
      description =
          "For adapter packages, also trust the later keys of this developer; may be repeated.")
  List<Path> lineages = new ArrayList<>();

  boolean isGiven() {
    return revocations.isPresent() || !lineages.isEmpty();
  }

  /** A verifier that knows; the list of revocations is verified with it first. */
  Verifier apply(Verifier verifier) {
    Verifier following = verifier.following(lineages.stream().map(KeyLineage::read).toList());
    if (revocations.isEmpty()) {
      return following;
    }
    SignedStatement statement = SignedStatement.read(revocations.get());
    return following.refusing(RevocationList.verified(statement, verifier, 1));
  }
}
