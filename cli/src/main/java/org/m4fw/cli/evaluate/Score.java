package org.m4fw.cli.evaluate;

import java.util.OptionalDouble;

/**
 * What an evaluation found.
 *
 * @param metric such as {@code accuracy}
 * @param cases how many answers or predictions it is over
 * @param reference the same of what it is compared with; empty without that
 */
public record Score(
    String metric, boolean lowerIsBetter, double value, long cases, OptionalDouble reference) {

  /** How much worse it is than the reference; negative if it is better. */
  OptionalDouble drop() {
    if (reference.isEmpty()) {
      return reference;
    }
    double more = reference.getAsDouble() - value;
    return OptionalDouble.of(lowerIsBetter ? -more : more);
  }
}
