package org.m4fw.cli.command;

import java.util.List;
import java.util.Locale;
import org.m4fw.cli.console.ConsoleMode;
import org.m4fw.cli.console.Verbosity;
import picocli.CommandLine.Option;

/** The options that every command has. */
public final class CommonOptions {
  @Option(
      names = "--console",
      paramLabel = "MODE",
      description = "Progress and messages: auto, plain, rich or json (default: auto).")
  ConsoleMode mode = ConsoleMode.AUTO;

  @Option(
      names = {"-v", "--verbose"},
      description = "Say more; show the stack of an unexpected failure.")
  boolean verbose;

  @Option(
      names = {"-q", "--quiet"},
      description = "No progress; warnings and errors only.")
  boolean quiet;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  boolean help;

  public ConsoleMode mode() {
    return mode;
  }

  public Verbosity verbosity() {
    return verbose ? Verbosity.VERBOSE : quiet ? Verbosity.QUIET : Verbosity.NORMAL;
  }

  /** What the words seem to ask for, when they cannot be parsed and that has to be said. */
  public static CommonOptions guess(List<String> words) {
    CommonOptions options = new CommonOptions();
    options.verbose = words.contains("-v") || words.contains("--verbose");
    options.quiet = words.contains("-q") || words.contains("--quiet");
    int at = words.indexOf("--console");
    String mode = at >= 0 && at + 1 < words.size() ? words.get(at + 1) : "";
    for (ConsoleMode candidate : ConsoleMode.values()) {
      String name = candidate.name().toLowerCase(Locale.ROOT);
      if (mode.equalsIgnoreCase(name) || words.contains("--console=" + name)) {
        options.mode = candidate;
      }
    }
    return options;
  }
}
