package org.m4fw.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.m4fw.base.file.FileError;
import org.m4fw.base.problem.Problem;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.cli.command.Command;
import org.m4fw.cli.command.CommandIndex;
import org.m4fw.cli.command.CommonOptions;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.console.ReaderGoneException;
import org.m4fw.cli.console.Terminal;
import org.m4fw.cli.console.Verbosity;
import org.m4fw.cli.pipeline.ToolVersion;
import picocli.CommandLine;

/** The entry point. */
public final class Main {
  /** What a shell reports for a process that a broken pipe ended. */
  private static final int READER_GONE = 128 + 13;

  /** What a shell reports for a process that was interrupted. */
  private static final int INTERRUPTED = 128 + 2;

  private final OutputStream out;
  private final OutputStream err;
  private final Terminal terminal;

  private Main(OutputStream out, OutputStream err, Terminal terminal) {
    this.out = out;
    this.err = err;
    this.terminal = terminal;
  }

  public static void main(String[] args) {
    Main main =
        new Main(
            new FileOutputStream(FileDescriptor.out),
            new FileOutputStream(FileDescriptor.err),
            Terminal.ofStandardError(System.getenv()));
    System.exit(main.run(List.of(args)));
  }

  /** Runs a command as {@link #main} does, without ending the process; gives the exit code. */
  public static int run(List<String> args, OutputStream out, OutputStream err) {
    return new Main(out, err, Terminal.none()).run(args);
  }

  private int run(List<String> args) {
    return switch (Invocation.of(args)) {
      case Invocation.Version version -> print(List.of("m4fw " + ToolVersion.text()));
      case Invocation.Overview overview -> print(Usage.overview(overview.entries()));
      case Invocation.Unknown unknown ->
          fail(console(CommonOptions.guess(args)), Usage.unknownCommand(unknown));
      case Invocation.Run run -> run(run.entry(), run.words());
    };
  }

  private int run(CommandIndex.Entry entry, List<String> words) {
    Command command = CommandIndex.create(entry.name());
    CommonOptions common = new CommonOptions();
    CommandLine line =
        new CommandLine(command)
            .addMixin("common", common)
            .setCommandName("m4fw " + entry.name())
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setUsageHelpWidth(100);
    try {
      if (line.parseArgs(words.toArray(String[]::new)).isUsageHelpRequested()) {
        return print(line.getUsageMessage(CommandLine.Help.Ansi.OFF).lines().toList());
      }
    } catch (CommandLine.ParameterException e) {
      return fail(console(CommonOptions.guess(words)), Usage.wrongArguments(entry, e));
    }
    Console console = console(common);
    return attempt(console, () -> command.run(console));
  }

  private int print(List<String> lines) {
    Console console = console(new CommonOptions());
    return attempt(console, () -> lines.forEach(console::line));
  }

  private Console console(CommonOptions options) {
    return new Console(out, err, options.mode(), options.verbosity(), terminal);
  }

  // Whatever comes up here has to end as one line and an exit code.
  @SuppressWarnings("CatchAndPrintStackTrace")
  private static int attempt(Console console, Runnable work) {
    try {
      try {
        work.run();
      } finally {
        console.flush();
      }
      return 0;
    } catch (ReaderGoneException e) {
      return READER_GONE;
    } catch (CancellationException e) {
      return INTERRUPTED;
    } catch (RuntimeException | Error e) {
      if (console.verbosity() == Verbosity.VERBOSE) {
        console.stack(e);
      }
      return fail(console, problem(e));
    }
  }

  private static Problem problem(Throwable failure) {
    return switch (failure) {
      case ProblemException e -> e.problem();
      case OutOfMemoryError e -> InternalProblem.OUT_OF_MEMORY.problem("", "", text(e));
      // The JVM's word for a mapped file that somebody cut short while it was read.
      case InternalError e when text(e).contains("unsafe memory access") ->
          FileError.CHANGED.problem("an input file", "");
      default -> InternalProblem.UNEXPECTED.problem("", "", text(failure));
    };
  }

  private static String text(Throwable failure) {
    String name = failure.getClass().getSimpleName();
    return failure.getMessage() == null ? name : name + ": " + failure.getMessage();
  }

  private static int fail(Console console, Problem problem) {
    console.error(problem);
    return problem.code().category().exitCode();
  }
}
