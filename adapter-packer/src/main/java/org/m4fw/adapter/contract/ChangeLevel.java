package org.m4fw.adapter.contract;

import java.util.Locale;

/** How far a change of an interface reaches, in the sense of semantic versions; in rising order. */
public enum ChangeLevel {
  NONE,
  /** Same interface, other weights. */
  PATCH,
  /** Something was added; what worked goes on to work. */
  MINOR,
  /** Adapters can break. */
  MAJOR;

  /** The part of the version that two versions differ in, whichever is the newer. */
  public static ChangeLevel between(SemanticVersion a, SemanticVersion b) {
    if (a.major() != b.major()) {
      return MAJOR;
    }
    if (a.minor() != b.minor()) {
      return MINOR;
    }
    return a.patch() != b.patch() ? PATCH : NONE;
  }

  /**
   * The lowest version that may follow after a change of this level. Before 1.0.0 a minor version
   * may break adapters, as {@link VersionRange#compatibleWith} has it.
   */
  public SemanticVersion next(SemanticVersion version) {
    return switch (this) {
      case NONE -> version;
      case PATCH -> new SemanticVersion(version.major(), version.minor(), version.patch() + 1);
      case MINOR -> new SemanticVersion(version.major(), version.minor() + 1, 0);
      case MAJOR ->
          version.major() == 0
              ? new SemanticVersion(0, version.minor() + 1, 0)
              : new SemanticVersion(version.major() + 1, 0, 0);
    };
  }

  /** {@code major}. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }
}
