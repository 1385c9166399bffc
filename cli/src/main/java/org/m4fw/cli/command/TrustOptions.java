package org.m4fw.cli.command;

import java.nio.file.Path;
import java.util.Optional;
import org.m4fw.signing.ConfigurationDirectory;
import org.m4fw.signing.trust.Policy;
import org.m4fw.signing.trust.TrustRoots;
import org.m4fw.signing.trust.Verifier;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Whose signatures count. */
final class TrustOptions {
  @Option(
      names = "--root",
      paramLabel = "FILE",
      description = "Check the signature against this trust root (default: it is not checked).")
  Optional<Path> root = Optional.empty();

  @Option(
      names = "--allow-development",
      description = "Check the signature, and let development identities pass.")
  boolean allowDevelopment;

  @Mixin RefusalOptions refusals = new RefusalOptions();

  /** Empty if signatures are not to be checked. */
  Optional<Verifier> verifier() {
    if (root.isEmpty() && !allowDevelopment) {
      return Optional.empty();
    }
    ConfigurationDirectory user = ConfigurationDirectory.ofUser();
    TrustRoots roots =
        root.map(TrustRoots::only)
            .orElseGet(() -> TrustRoots.configured(user.trustRoot(), user.developmentTrustRoot()));
    return Optional.of(refusals.apply(new Verifier(roots, new Policy(allowDevelopment, false))));
  }
}
