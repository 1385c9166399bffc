package org.m4fw.signing;

import java.nio.file.Path;
import java.util.Map;

/**
 * Where the user's settings are: {@code $M4FW_CONFIG_DIR}, else {@code $XDG_CONFIG_HOME/m4fw}, else
 * {@code ~/.config/m4fw}.
 */
public record ConfigurationDirectory(Path path) {

  /** That of the user who runs this process. */
  public static ConfigurationDirectory ofUser() {
    return of(System.getenv(), Path.of(System.getProperty("user.home", "")));
  }

  /** Empty variables count as unset, and a relative XDG_CONFIG_HOME too, as its standard says. */
  public static ConfigurationDirectory of(Map<String, String> environment, Path home) {
    String own = environment.getOrDefault("M4FW_CONFIG_DIR", "");
    if (!own.isEmpty()) {
      return new ConfigurationDirectory(Path.of(own).toAbsolutePath());
    }
    String xdg = environment.getOrDefault("XDG_CONFIG_HOME", "");
    Path base =
        !xdg.isEmpty() && Path.of(xdg).isAbsolute() ? Path.of(xdg) : home.resolve(".config");
    return new ConfigurationDirectory(base.resolve("m4fw"));
  }

  /** The trust root that is used when none is named. */
  public Path trustRoot() {
    return path.resolve("trust-root.json");
  }

  /** The identity that signs development builds. */
  public Path development() {
    return path.resolve("development");
  }

  /** The trust root of the development identity. */
  public Path developmentTrustRoot() {
    return development().resolve(SigningIdentity.TRUST_ROOT);
  }
}
