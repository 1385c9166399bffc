package org.m4fw.signing.key;

import java.util.Arrays;
import java.util.Optional;

/**
 * What a signature withstands. Policies ask for classes, not for algorithms, so that an algorithm
 * can be replaced without changing what a signed image demands.
 */
public enum AlgorithmClass {
  /** Safe against today's computers; decades of analysis. */
  CLASSICAL("classical"),
  /** Safe against quantum computers too, as far as is known; young. */
  POST_QUANTUM("post-quantum");

  private final String label;

  AlgorithmClass(String label) {
    this.label = label;
  }

  /** The name in files. */
  public String label() {
    return label;
  }

  public static Optional<AlgorithmClass> ofLabel(String label) {
    return Arrays.stream(values()).filter(c -> c.label.equals(label)).findFirst();
  }
}
