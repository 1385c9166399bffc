package org.m4fw.cli.console;

import java.io.PrintStream;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.m4fw.base.progress.ProgressEvent;

/**
 * Finished stages as lines, and below them one line about the work under way that is rewritten in
 * place: a bar, the amount, and of bytes the rate. Redrawn at most ten times a second.
 */
final class RichProgress implements Consumer<ProgressEvent> {
  private static final long REDRAW_MILLIS = 100;
  private static final int BAR = 20;
  private static final String ERASE = "\r\u001b[K";

  private final PrintStream err;
  private final Terminal terminal;
  private final InstantSource clock;
  private final Map<String, Stage> running = new LinkedHashMap<>();
  private long drawn;
  private boolean lineShown;

  private record Stage(String name, ProgressEvent.Unit unit, long total, long done, long begun) {}

  RichProgress(PrintStream err, Terminal terminal, InstantSource clock) {
    this.err = err;
    this.terminal = terminal;
    this.clock = clock;
  }

  @Override
  public synchronized void accept(ProgressEvent event) {
    long now = clock.millis();
    switch (event) {
      case ProgressEvent.Started started -> {
        running.put(
            started.stage(), new Stage(started.stage(), started.unit(), started.total(), 0, now));
        draw(now);
      }
      case ProgressEvent.Advanced advanced -> {
        running.computeIfPresent(
            advanced.stage(),
            (name, stage) ->
                new Stage(name, stage.unit(), stage.total(), advanced.done(), stage.begun()));
        if (now - drawn >= REDRAW_MILLIS) {
          draw(now);
        }
      }
      case ProgressEvent.Finished finished -> {
        Stage stage = running.remove(finished.stage());
        long begun = stage == null ? now : stage.begun();
        erase();
        String line = PlainProgress.line(finished, Duration.ofMillis(now - begun));
        err.println(colour("\u001b[32m", "✓") + line.substring("m4fw:".length()));
        draw(now);
      }
      case ProgressEvent.Warning warning -> {
        erase();
        err.println(colour("\u001b[33m", "m4fw: warning:") + " " + warning.text());
        draw(now);
      }
    }
  }

  /** Removes the line about work under way, so that something else can be printed. */
  synchronized void erase() {
    if (lineShown) {
      err.print(ERASE);
      err.flush();
      lineShown = false;
    }
  }

  private void draw(long now) {
    drawn = now;
    erase();
    if (running.isEmpty()) {
      return;
    }
    Stage stage = running.values().iterator().next();
    StringBuilder line = new StringBuilder("  ").append(stage.name());
    if (stage.total() > 0) {
      double share = Math.clamp((double) stage.done() / stage.total(), 0.0, 1.0);
      int full = (int) Math.round(share * BAR);
      line.append("  ").append("█".repeat(full)).append("░".repeat(BAR - full));
      line.append("  ").append(amounts(stage, now - stage.begun()));
    }
    int width = Math.min(line.length(), terminal.columns() - 1);
    err.print(line.substring(0, width));
    err.flush();
    lineShown = true;
  }

  private static String amounts(Stage stage, long millis) {
    return switch (stage.unit()) {
      case STEPS -> "%s of %s".formatted(stage.done(), stage.total());
      case BYTES -> {
        String amount =
            "%s of %s".formatted(Amounts.bytes(stage.done()), Amounts.bytes(stage.total()));
        yield millis > 500
            ? amount + ", " + Amounts.bytes(stage.done() * 1000 / millis) + "/s"
            : amount;
      }
    };
  }

  private String colour(String code, String text) {
    return terminal.colour() ? code + text + "\u001b[0m" : text;
  }
}
