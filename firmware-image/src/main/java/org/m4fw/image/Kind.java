package org.m4fw.image;

import java.util.Locale;
import java.util.Optional;

/** What a container holds. The container is the same for all; the manifest's content differs. */
public enum Kind {
  IMAGE(1),
  ADAPTER(2),
  DELTA(3);

  private final int number;

  Kind(int number) {
    this.number = number;
  }

  public static Optional<Kind> ofNumber(int number) {
    for (Kind kind : values()) {
      if (kind.number == number) {
        return Optional.of(kind);
      }
    }
    return Optional.empty();
  }

  static Optional<Kind> ofText(String text) {
    for (Kind kind : values()) {
      if (kind.text().equals(text)) {
        return Optional.of(kind);
      }
    }
    return Optional.empty();
  }

  /** The number in the header. */
  public int number() {
    return number;
  }

  /** The word in the manifest. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The DSSE payload type. It is signed with the payload, so that an adapter's signature cannot
   * pass for an image's.
   */
  public String payloadType() {
    return "application/vnd.m4fw." + text() + ".v1+json";
  }
}
