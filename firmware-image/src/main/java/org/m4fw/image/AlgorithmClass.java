package org.m4fw.image;

import java.util.Optional;

/**
 * The family of a signature algorithm. The manifest asks for families, never for keys, so that the
 * image id does not depend on who signs.
 */
public enum AlgorithmClass {
  /** Ed25519, ECDSA and the like: what today's hardware security modules have. */
  CLASSICAL("classical"),
  /** ML-DSA, SLH-DSA: what a quantum computer does not break. */
  POST_QUANTUM("post-quantum");

  private final String text;

  AlgorithmClass(String text) {
    this.text = text;
  }

  public static Optional<AlgorithmClass> ofText(String text) {
    for (AlgorithmClass algorithmClass : values()) {
      if (algorithmClass.text.equals(text)) {
        return Optional.of(algorithmClass);
      }
    }
    return Optional.empty();
  }

  /** The word in the manifest. */
  public String text() {
    return text;
  }
}
