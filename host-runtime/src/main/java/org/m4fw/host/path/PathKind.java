package org.m4fw.host.path;

import java.util.Arrays;
import java.util.Optional;

/** The four ways through M4, by the number that the paper gives them (section 3.3). */
public enum PathKind {
  /** Embedding, backbone, generator. */
  THROUGH_ALL(1),
  /** Backbone, generator. */
  FROM_BACKBONE(2),
  /** Embedding only: what comes in is matched against labels. */
  EMBEDDING_ONLY(3),
  /** One generator. */
  GENERATOR_ONLY(4);

  private final int number;

  PathKind(int number) {
    this.number = number;
  }

  public int number() {
    return number;
  }

  static Optional<PathKind> of(long number) {
    return Arrays.stream(values()).filter(kind -> kind.number == number).findFirst();
  }

  /** Whether the backbone is crossed. */
  public boolean hasBackbone() {
    return this == THROUGH_ALL || this == FROM_BACKBONE;
  }
}
