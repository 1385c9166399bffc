package org.m4fw.cli.console;

/** How progress and messages look on standard error. */
public enum ConsoleMode {
  /** {@link #RICH} on a terminal, {@link #PLAIN} elsewhere. */
  AUTO,
  /** One line for each finished stage. */
  PLAIN,
  /** A line that is rewritten while work goes on, with colour unless {@code NO_COLOR} is set. */
  RICH,
  /** One JSON object a line. */
  JSON
}
