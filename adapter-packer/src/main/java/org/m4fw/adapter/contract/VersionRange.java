package org.m4fw.adapter.contract;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The versions of an interface that an adapter works with.
 *
 * @param from included
 * @param below excluded
 */
public record VersionRange(SemanticVersion from, SemanticVersion below) {
  private static final Pattern FORM = Pattern.compile(">=([0-9.]{5,32}) <([0-9.]{5,32})");

  /**
   * What an adapter that was bound to a version can expect to work with: all up to the next one
   * that may break it. Before 1.0.0 each minor version may.
   */
  public static VersionRange compatibleWith(SemanticVersion version) {
    return new VersionRange(
        version,
        version.major() == 0
            ? new SemanticVersion(0, version.minor() + 1, 0)
            : new SemanticVersion(version.major() + 1, 0, 0));
  }

  /**
   * Reads {@code >=2.1.0 <3.0.0}; empty if it is anything else, contains nothing, or reaches beyond
   * the next version that breaks adapters: nobody can know that one works there.
   */
  public static Optional<VersionRange> parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    Optional<SemanticVersion> below = SemanticVersion.parse(matcher.group(2));
    return SemanticVersion.parse(matcher.group(1))
        .flatMap(from -> below.map(limit -> new VersionRange(from, limit)))
        .filter(VersionRange::canBeKnown);
  }

  private boolean canBeKnown() {
    return from.compareTo(below) < 0 && below.compareTo(compatibleWith(from).below) <= 0;
  }

  public boolean contains(SemanticVersion version) {
    return version.compareTo(from) >= 0 && version.compareTo(below) < 0;
  }

  /** {@code >=2.1.0 <3.0.0}. */
  @Override
  public String toString() {
    return ">=%s <%s".formatted(from, below);
  }
}
