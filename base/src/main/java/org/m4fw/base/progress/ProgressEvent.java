package org.m4fw.base.progress;

/** One thing that happened during long work. */
public sealed interface ProgressEvent {
  /**
   * A stage began.
   *
   * @param stage what is done, as a person would say it: {@code quantize backbone}
   * @param total the amount of work, in the stage's own unit (bytes, mostly); 0 if not known
   */
  record Started(String stage, long total) implements ProgressEvent {}

  /** The stage has done this much so far. */
  record Advanced(String stage, long done) implements ProgressEvent {}

  /** The stage is over; {@code detail} says with what result, and may be empty. */
  record Finished(String stage, String detail) implements ProgressEvent {}

  /** Something that the user should know, but that stops nothing. */
  record Warning(String text) implements ProgressEvent {}
}
