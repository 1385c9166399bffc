package org.m4fw.cli.command;

import java.nio.file.Path;
import java.util.Optional;
import org.m4fw.cli.console.Console;
import org.m4fw.signing.ConfigurationDirectory;
import org.m4fw.signing.DevelopmentIdentity;
import org.m4fw.signing.SigningIdentity;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Who signs a package. */
final class IdentityOptions {
  @Option(
      names = "--key",
      paramLabel = "DIR",
      description = "The identity that signs (default: the development identity).")
  Optional<Path> key = Optional.empty();

  @Mixin PassphraseOptions passphrase = new PassphraseOptions();

  /** The identity, for the caller to close. */
  SigningIdentity open() {
    return key.map(directory -> SigningIdentity.open(directory, passphrase.source()))
        .orElseGet(() -> DevelopmentIdentity.open(ConfigurationDirectory.ofUser()).identity());
  }

  /** Says it where anybody could have signed. */
  static void noticeDevelopment(Console console, SigningIdentity identity) {
    if (identity.development()) {
      console.notice(
          "DEVELOPMENT PACKAGE: signed with the development identity %s; for a release, give an"
                  .formatted(identity.directory())
              + " identity with --key");
    }
  }
}
