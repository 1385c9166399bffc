package org.m4fw.signing;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.m4fw.signing.key.Passphrase;

/**
 * The identity that signs builds for which no key was given. It is made on first use, for this user
 * on this machine; its trust root is marked, is never the user's trust root, and images signed with
 * it are refused unless the verifier allows development builds.
 */
public final class DevelopmentIdentity {

  private DevelopmentIdentity() {}

  /**
   * Opens the identity and makes it first if need be. Of several processes that make it at once,
   * one wins and the others use its keys.
   *
   * @throws org.m4fw.base.problem.ProblemException if the files cannot be read or written
   */
  public static Opened open(ConfigurationDirectory configuration) {
    Path directory = configuration.development();
    if (Files.notExists(configuration.developmentTrustRoot())) {
      Optional<SigningIdentity> made =
          SigningIdentity.create(directory, IdentityProfile.RELEASE, Optional.empty(), true);
      if (made.isPresent()) {
        return new Opened(made.get(), true);
      }
    }
    SigningIdentity identity = SigningIdentity.open(directory, Passphrase.Source.none());
    if (!identity.development()) {
      identity.close();
      throw SigningError.NOT_DEVELOPMENT.at(directory, "");
    }
    return new Opened(identity, false);
  }

  /**
   * The identity and whether this call made it, which is worth a word to the user.
   *
   * @param identity for the caller to close
   */
  public record Opened(SigningIdentity identity, boolean made) {}
}
