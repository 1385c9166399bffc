package org.m4fw.cli.command;

import org.m4fw.cli.console.Console;

/** A command whose options picocli has filled in. */
public interface Command {
  /**
   * Does it.
   *
   * @throws org.m4fw.base.problem.ProblemException if the input, or the check asked for, fails
   */
  void run(Console console);
}
