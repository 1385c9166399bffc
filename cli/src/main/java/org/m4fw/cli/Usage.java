package org.m4fw.cli;

import java.util.List;
import java.util.Optional;
import org.m4fw.base.problem.NearNames;
import org.m4fw.base.problem.Problem;
import org.m4fw.cli.command.CommandIndex;
import org.m4fw.cli.console.TextTable;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Help texts, and what to say about a command line that cannot be understood. */
final class Usage {
  private Usage() {}

  /** The overview, without loading any command. */
  static List<String> overview(List<CommandIndex.Entry> entries) {
    TextTable table = new TextTable("", "", "");
    for (CommandIndex.Entry entry : entries) {
      table.row("  m4fw " + entry.name(), entry.arguments(), entry.summary());
    }
    List<String> lines = new java.util.ArrayList<>();
    lines.add("Usage: m4fw [--console auto|plain|rich|json] [-v|-q] COMMAND ...");
    lines.add("");
    lines.add("Turns the checkpoints of a foundation model into a signed firmware image.");
    lines.add("");
    lines.addAll(table.lines());
    lines.add("");
    lines.add(
        "'m4fw COMMAND --help' shows the options of a command, 'm4fw --version' the version.");
    lines.add("Results go to standard output, everything else to standard error.");
    lines.add(
        "Exit codes: 0 done, 1 the input or the check failed, 2 wrong usage, 3 internal error.");
    return lines;
  }

  static Problem unknownCommand(Invocation.Unknown unknown) {
    if (unknown.word().isEmpty()) {
      return UsageError.NO_COMMAND.problem("", "");
    }
    Problem plain = UsageError.UNKNOWN_COMMAND.problem("", unknown.word());
    return NearNames.meant(unknown.word(), unknown.candidates())
        .map(nearest -> withHint(plain, "did you mean 'm4fw %s'?".formatted(nearest)))
        .orElse(plain);
  }

  /** In our wording, with the nearest option where one was misspelt. */
  static Problem wrongArguments(CommandIndex.Entry entry, ParameterException e) {
    String help = "'m4fw %s --help' shows how to call it".formatted(entry.name());
    if (e instanceof UnmatchedArgumentException unmatched) {
      String word = unmatched.getUnmatched().getFirst();
      if (!word.startsWith("-")) {
        return problem(entry, "unexpected argument '%s'".formatted(word), help);
      }
      String name = word.contains("=") ? word.substring(0, word.indexOf('=')) : word;
      Optional<String> nearest = NearNames.meant(name, optionNames(e.getCommandLine()));
      return problem(
          entry,
          "unknown option '%s'".formatted(name),
          nearest.map(option -> "did you mean %s? ".formatted(option) + help).orElse(help));
    }
    if (e instanceof MissingParameterException missing && !missing.getMissing().isEmpty()) {
      List<String> names =
          missing.getMissing().stream()
              .map(
                  argument ->
                      argument.isOption()
                          ? ((CommandLine.Model.OptionSpec) argument).longestName()
                          : argument.paramLabel())
              .toList();
      return problem(entry, "missing: " + String.join(", ", names), help);
    }
    String message = e.getMessage() == null ? "wrong arguments" : e.getMessage();
    return problem(entry, message.lines().findFirst().orElse(message), help);
  }

  private static List<String> optionNames(CommandLine commandLine) {
    return commandLine.getCommandSpec().options().stream()
        .flatMap(option -> List.of(option.names()).stream())
        .toList();
  }

  private static Problem problem(CommandIndex.Entry entry, String message, String hint) {
    return withHint(UsageError.WRONG_ARGUMENTS.problem("", entry.name(), message), hint);
  }

  private static Problem withHint(Problem problem, String hint) {
    return new Problem(problem.code(), problem.file(), problem.item(), problem.message(), hint);
  }
}
