package org.m4fw.base.progress;

/** One thing that happened during long work. */
public sealed interface ProgressEvent {
  /**
   * A stage began.
   *
   * @param stage what is done, as a person would say it: {@code quantize backbone}
   * @param total the amount of work; 0 if not known
   * @param unit what it is counted in
   */
  record Started(String stage, long total, Unit unit) implements ProgressEvent {
    /** Work counted in bytes. */
    public Started(String stage, long total) {
      this(stage, total, Unit.BYTES);
    }
  }

  /** What work is counted in. */
  enum Unit {
    BYTES,
    /** Things one after the other: layers, files, windows of text. */
    STEPS
  }

  /** The stage has done this much so far. */
  record Advanced(String stage, long done) implements ProgressEvent {}

  /** The stage is over; {@code detail} says with what result, and may be empty. */
  record Finished(String stage, String detail) implements ProgressEvent {}

  /** Something that the user should know, but that stops nothing. */
  record Warning(String text) implements ProgressEvent {}
}
