package org.m4fw.cli.console;

/** How much is said beside the result. */
public enum Verbosity {
  /** Only warnings and errors. */
  QUIET,
  NORMAL,
  /** Also stages that took no time, and the stack of an unexpected failure. */
  VERBOSE
}
