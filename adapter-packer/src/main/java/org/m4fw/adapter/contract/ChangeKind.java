package org.m4fw.adapter.contract;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** How an interface can change, and what that asks of its version. Codes never change meaning. */
public enum ChangeKind {
  INTERFACE_ID(ChangeLevel.MAJOR, "it is another interface"),
  TOKENIZER(ChangeLevel.MAJOR, "text is cut into other tokens"),
  PREPROCESSING(
      ChangeLevel.MAJOR, "the graph gets other numbers for the same picture, sound or movement"),
  SCALING_REMOVED(ChangeLevel.MAJOR, "a way to make a factor of alpha and rank is no longer taken"),
  SCALING_ADDED(ChangeLevel.MINOR, "another way to make a factor of alpha and rank is taken"),
  POINT_REMOVED(ChangeLevel.MAJOR, "a layer no longer takes adapters"),
  POINT_ADDED(ChangeLevel.MINOR, "another layer takes adapters"),
  POINT_WIDTH(ChangeLevel.MAJOR, "a layer that takes adapters has other widths"),
  POINT_TABLE(ChangeLevel.MAJOR, "a layer became a table of tokens, or a table a layer"),
  POINT_KERNEL(ChangeLevel.MAJOR, "a convolution that takes adapters has another kernel"),
  KIND_REMOVED(ChangeLevel.MAJOR, "a layer no longer takes a method"),
  KIND_ADDED(ChangeLevel.MINOR, "a layer takes another method"),
  RANK_LOWERED(ChangeLevel.MAJOR, "a layer takes smaller ranks only"),
  RANK_RAISED(ChangeLevel.MINOR, "a layer takes larger ranks"),
  DTYPE_REMOVED(ChangeLevel.MAJOR, "a layer no longer takes numbers of a type"),
  DTYPE_ADDED(ChangeLevel.MINOR, "a layer takes numbers of another type"),
  HEAD_REMOVED(ChangeLevel.MAJOR, "a weight can no longer be replaced"),
  HEAD_ADDED(ChangeLevel.MINOR, "another weight can be replaced"),
  HEAD_SHAPE(ChangeLevel.MAJOR, "a weight that can be replaced has another shape"),
  PROJECTION_REMOVED(ChangeLevel.MAJOR, "a projection to the backbone is gone"),
  PROJECTION_ADDED(ChangeLevel.MINOR, "there is another projection to the backbone"),
  PROJECTION_WIDTH(ChangeLevel.MAJOR, "a projection to the backbone has other widths"),
  PROMPT_REMOVED(ChangeLevel.MAJOR, "a place in front of the prompt is gone"),
  PROMPT_ADDED(ChangeLevel.MINOR, "there is another place in front of the prompt"),
  PROMPT_WIDTH(ChangeLevel.MAJOR, "what goes in front of the prompt has another width"),
  PROMPT_SHORTENED(ChangeLevel.MAJOR, "less fits in front of the prompt"),
  PROMPT_LENGTHENED(ChangeLevel.MINOR, "more fits in front of the prompt"),
  WEIGHTS(
      ChangeLevel.PATCH,
      "other numbers lie behind the same interface: adapters load, but how well they work has to be measured");

  private final ChangeLevel level;
  private final String explanation;

  ChangeKind(ChangeLevel level, String explanation) {
    this.level = level;
    this.explanation = explanation;
  }

  /** The kind with that code. */
  public static Optional<ChangeKind> of(String code) {
    return Arrays.stream(values()).filter(kind -> kind.code().equals(code)).findFirst();
  }

  /** What it means. */
  public String explanation() {
    return explanation;
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
