package org.m4fw.cli.command;

import java.nio.file.Path;
import java.util.Optional;
import org.m4fw.signing.ConfigurationDirectory;
import org.m4fw.signing.trust.Policy;
import org.m4fw.signing.trust.TrustRoots;
import org.m4fw.signing.trust.Verifier;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** Whose signatures count, where there is no way around them. */
final class RequiredTrust {
  @Option(
      names = "--root",
      paramLabel = "FILE",
      description =
          "The trust root (default: trust-root.json in the user's configuration; for development"
              + " builds that of the development identity).")
  Optional<Path> root = Optional.empty();

  @Option(
      names = "--allow-development",
      description = "Let builds pass that a development identity signed.")
  boolean allowDevelopment;

  @CommandLine.Mixin RefusalOptions refusals = new RefusalOptions();

  /** Whether anything was said, where signatures need not count. */
  boolean isGiven() {
    return root.isPresent() || allowDevelopment || refusals.isGiven();
  }

  Verifier verifier() {
    ConfigurationDirectory user = ConfigurationDirectory.ofUser();
    TrustRoots roots =
        root.map(TrustRoots::only)
            .orElseGet(() -> TrustRoots.configured(user.trustRoot(), user.developmentTrustRoot()));
    return refusals.apply(new Verifier(roots, new Policy(allowDevelopment, false)));
  }
}
