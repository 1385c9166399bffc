package org.m4fw.base.problem;

/** Whose matter a problem is; decides the exit code of the command line. */
public enum Category {
  /** The input, or a check on it, failed. */
  INPUT(1),
  /** The command was called wrongly. */
  USAGE(2),
  /** The tool, or the machine under it, failed. */
  INTERNAL(3);

  private final int exitCode;

  Category(int exitCode) {
    this.exitCode = exitCode;
  }

  public int exitCode() {
    return exitCode;
  }
}
