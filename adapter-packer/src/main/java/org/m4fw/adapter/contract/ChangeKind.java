package org.m4fw.adapter.contract;

import java.util.Locale;

/** How an interface can change, and what that asks of its version. Codes never change meaning. */
public enum ChangeKind {
  INTERFACE_ID(ChangeLevel.MAJOR),
  TOKENIZER(ChangeLevel.MAJOR),
  SCALING_REMOVED(ChangeLevel.MAJOR),
  SCALING_ADDED(ChangeLevel.MINOR),
  POINT_REMOVED(ChangeLevel.MAJOR),
  POINT_ADDED(ChangeLevel.MINOR),
  POINT_WIDTH(ChangeLevel.MAJOR),
  KIND_REMOVED(ChangeLevel.MAJOR),
  KIND_ADDED(ChangeLevel.MINOR),
  RANK_LOWERED(ChangeLevel.MAJOR),
  RANK_RAISED(ChangeLevel.MINOR),
  DTYPE_REMOVED(ChangeLevel.MAJOR),
  DTYPE_ADDED(ChangeLevel.MINOR),
  /**
   * Other numbers behind the same interface: adapters load, but their quality has to be measured.
   */
  WEIGHTS(ChangeLevel.PATCH);

  private final ChangeLevel level;

  ChangeKind(ChangeLevel level) {
    this.level = level;
  }

  /** The part of the version that has to be raised. */
  public ChangeLevel level() {
    return level;
  }

  /** The code in reports: {@code point-removed}. */
  public String code() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
