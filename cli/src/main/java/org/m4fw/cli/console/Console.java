package org.m4fw.cli.console;

import java.io.BufferedOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.function.Consumer;
import org.m4fw.base.problem.Problem;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.progress.ProgressEvent;
import tools.jackson.databind.JsonNode;

/**
 * Where a command speaks: results to standard output, all else to standard error.
 *
 * <p>Standard output is buffered; {@link #flush} writes it, and throws what stands against it: a
 * {@link ReaderGoneException}, or a problem with a full disk.
 */
public final class Console {
  private final PrintStream out;
  private final PrintStream err;
  private final Verbosity verbosity;
  private final Consumer<ProgressEvent> display;
  private final Progress progress;

  /**
   * A console.
   *
   * @param terminal what {@code err} is; decides between plain and rich if the mode is {@code AUTO}
   */
  public Console(
      OutputStream out,
      OutputStream err,
      ConsoleMode mode,
      Verbosity verbosity,
      Terminal terminal) {
    this.out =
        new PrintStream(
            new BufferedOutputStream(new ResultStream(out)), false, StandardCharsets.UTF_8);
    this.err = new PrintStream(err, true, StandardCharsets.UTF_8);
    this.verbosity = verbosity;
    this.display =
        switch (mode) {
          case JSON -> new JsonProgress(this.err);
          case PLAIN -> new PlainProgress(this.err, InstantSource.system());
          case RICH -> new RichProgress(this.err, terminal, InstantSource.system());
          case AUTO ->
              terminal.interactive()
                  ? new RichProgress(this.err, terminal, InstantSource.system())
                  : new PlainProgress(this.err, InstantSource.system());
        };
    this.progress = new Progress(this::accept);
  }

  public Verbosity verbosity() {
    return verbosity;
  }

  /** What long work reports to. */
  public Progress progress() {
    return progress;
  }

  /** A line of the result. */
  public void line(String text) {
    out.print(text);
    out.print('\n');
  }

  /** The result as a JSON document. */
  public void json(JsonNode document) {
    line(document.toPrettyString());
  }

  /** A part of a result that appears while it is made; shown at once. */
  public void part(String text) {
    out.print(text);
    out.flush();
  }

  /** Something worth knowing that is no result. */
  public void note(String text) {
    if (verbosity != Verbosity.QUIET) {
      say("note", text);
    }
  }

  /** Something that has to be seen: shown even when everything else is silent. */
  public void notice(String text) {
    say("notice", text);
  }

  public void error(Problem problem) {
    if (display instanceof JsonProgress json) {
      json.error(problem);
      return;
    }
    eraseProgress();
    err.println("m4fw: error: " + problem.text());
    if (!problem.hint().isEmpty()) {
      err.println("m4fw: hint: " + problem.hint());
    }
  }

  /** The stack of a failure that nobody foresaw. */
  public void stack(Throwable failure) {
    eraseProgress();
    failure.printStackTrace(err);
  }

  /** Removes the line about work under way. */
  public void eraseProgress() {
    if (display instanceof RichProgress rich) {
      rich.erase();
    }
  }

  public void flush() {
    out.flush();
  }

  private void say(String event, String text) {
    if (display instanceof JsonProgress json) {
      json.say(event, text);
    } else {
      eraseProgress();
      err.println("m4fw: " + text);
    }
  }

  private void accept(ProgressEvent event) {
    if (verbosity != Verbosity.QUIET || event instanceof ProgressEvent.Warning) {
      display.accept(event);
    }
  }
}
