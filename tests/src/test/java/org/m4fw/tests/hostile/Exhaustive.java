package org.m4fw.tests.hostile;

/** How much is tried: some in every check, far more with {@code ./check --exhaustive}. */
final class Exhaustive {
  static final boolean ON = Boolean.getBoolean("m4fw.exhaustive");

  private Exhaustive() {}

  static int times(int usual, int exhaustive) {
    return ON ? exhaustive : usual;
  }
}
