package org.m4fw.image.slot;

import java.util.Locale;

/** The two places for images on a device. */
public enum SlotName {
  A,
  B;

  public SlotName other() {
    return this == A ? B : A;
  }

  /** As in files and on the command line. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The file of the slot's image. */
  public String file() {
    return "slot-" + text() + ".m4img";
  }
}
