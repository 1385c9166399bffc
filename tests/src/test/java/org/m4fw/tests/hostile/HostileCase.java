package org.m4fw.tests.hostile;

import org.m4fw.base.problem.ErrorCode;

/** A container that has to be refused. */
final class HostileCase {
  private final int item;
  private final String what;
  private final byte[] image;
  private final ErrorCode expected;

  /**
   * A case.
   *
   * @param item the number in docs/hostile-inputs.md
   * @param what was done to the good image
   * @param expected why it is refused
   */
  HostileCase(int item, String what, byte[] image, ErrorCode expected) {
    this.item = item;
    this.what = what;
    this.image = image;
    this.expected = expected;
  }

  int item() {
    return item;
  }

  byte[] image() {
    return image;
  }

  ErrorCode expected() {
    return expected;
  }

  @Override
  public String toString() {
    return "%s: %s".formatted(item, what);
  }
}
