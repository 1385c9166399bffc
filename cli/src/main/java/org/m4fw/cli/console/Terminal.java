package org.m4fw.cli.console;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * What standard error is.
 *
 * @param interactive whether it is a terminal that a line can be rewritten on
 * @param colour whether it may be coloured
 * @param columns its width
 */
public record Terminal(boolean interactive, boolean colour, int columns) {
  private static final int DEFAULT_COLUMNS = 80;

  /** Not a terminal: a pipe or a file. */
  public static Terminal none() {
    return new Terminal(false, false, DEFAULT_COLUMNS);
  }

  /**
   * Looks at this process's standard error and at {@code TERM}, {@code NO_COLOR}, {@code COLUMNS}.
   */
  public static Terminal ofStandardError(Map<String, String> environment) {
    boolean terminal =
        isTerminalDevice() && !environment.getOrDefault("TERM", "dumb").equals("dumb");
    boolean colour = terminal && environment.getOrDefault("NO_COLOR", "").isEmpty();
    return new Terminal(terminal, colour, columns(environment.getOrDefault("COLUMNS", "")));
  }

  // The JDK tells only whether input and output are both terminals, which says nothing about error
  // output. Linux shows what a descriptor is; elsewhere --console rich asks for a terminal.
  private static boolean isTerminalDevice() {
    try {
      String device = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
      return device.startsWith("/dev/pts/")
          || device.startsWith("/dev/tty")
          || device.equals("/dev/console");
    } catch (IOException e) {
      return false;
    }
  }

  private static int columns(String text) {
    try {
      return Math.clamp(Integer.parseInt(text), 20, 500);
    } catch (NumberFormatException e) {
      return DEFAULT_COLUMNS;
    }
  }
}
