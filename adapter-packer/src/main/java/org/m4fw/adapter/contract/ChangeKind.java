package org.m4fw.adapter.contract;

import java.util.Locale;

/** How an interface can change, and what that asks of its version. Codes never change meaning. */
public enum ChangeKind {
  INTERFACE_ID(ChangeLevel.MAJOR),
  TOKENIZER(ChangeLevel.MAJOR),
  /** The graph gets other numbers for the same picture, sound or movement. */
  PREPROCESSING(ChangeLevel.MAJOR),
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
  HEAD_REMOVED(ChangeLevel.MAJOR),
  HEAD_ADDED(ChangeLevel.MINOR),
  HEAD_SHAPE(ChangeLevel.MAJOR),
  PROJECTION_REMOVED(ChangeLevel.MAJOR),
  PROJECTION_ADDED(ChangeLevel.MINOR),
  PROJECTION_WIDTH(ChangeLevel.MAJOR),
  PROMPT_REMOVED(ChangeLevel.MAJOR),
  PROMPT_ADDED(ChangeLevel.MINOR),
  PROMPT_WIDTH(ChangeLevel.MAJOR),
  PROMPT_SHORTENED(ChangeLevel.MAJOR),
  PROMPT_LENGTHENED(ChangeLevel.MINOR),
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
