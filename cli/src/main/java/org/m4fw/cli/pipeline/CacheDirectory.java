package org.m4fw.cli.pipeline;

import java.nio.file.Path;
import java.util.Map;

/**
 * Where results are kept that can be made again: {@code $M4FW_CACHE_DIR}, else {@code
 * $XDG_CACHE_HOME/m4fw}, else {@code ~/.cache/m4fw}. May be removed at any time, and shared by
 * several processes: entries are named by the digests of what they were made from.
 */
public record CacheDirectory(Path path) {

  /** That of the user who runs this process. */
  public static CacheDirectory ofUser() {
    return of(System.getenv(), Path.of(System.getProperty("user.home", "")));
  }

  /** Empty variables count as unset, and a relative XDG_CACHE_HOME too, as its standard says. */
  static CacheDirectory of(Map<String, String> environment, Path home) {
    String own = environment.getOrDefault("M4FW_CACHE_DIR", "");
    if (!own.isEmpty()) {
      return new CacheDirectory(Path.of(own).toAbsolutePath());
    }
    String xdg = environment.getOrDefault("XDG_CACHE_HOME", "");
    Path base = !xdg.isEmpty() && Path.of(xdg).isAbsolute() ? Path.of(xdg) : home.resolve(".cache");
    return new CacheDirectory(base.resolve("m4fw"));
  }

  /** Quantized weights. */
  public Path weights() {
    return path.resolve("weights");
  }

  /** Measured quality. */
  Path evaluations() {
    return path.resolve("evaluations");
  }

  /** What the last build of a recipe into a directory was made from. */
  Path stamps() {
    return path.resolve("stamps");
  }
}
