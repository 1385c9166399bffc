package org.m4fw.cli.synth;

import java.util.Locale;

/** How large a synthetic checkpoint is. */
public enum Preset {
  /** As few layers and as narrow ones as show the structure. */
  TINY,
  /** The published sizes. */
  FULL;

  /** As options and layouts spell it. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }
}
