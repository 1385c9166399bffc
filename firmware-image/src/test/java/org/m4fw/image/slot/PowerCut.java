package org.m4fw.image.slot;

/** The power went. */
final class PowerCut extends RuntimeException {
  private static final long serialVersionUID = 1L;

  PowerCut() {
    super("the power went");
  }
}
