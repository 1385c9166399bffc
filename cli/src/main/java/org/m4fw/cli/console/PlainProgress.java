package org.m4fw.cli.console;

import java.io.PrintStream;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.m4fw.base.progress.ProgressEvent;

/** One line for each finished stage, for pipes and log files. */
final class PlainProgress implements Consumer<ProgressEvent> {
  private final PrintStream err;
  private final InstantSource clock;
  private final Map<String, Long> begun = new HashMap<>();

  PlainProgress(PrintStream err, InstantSource clock) {
    this.err = err;
    this.clock = clock;
  }

  @Override
  public void accept(ProgressEvent event) {
    switch (event) {
      case ProgressEvent.Started started -> begun.put(started.stage(), clock.millis());
      case ProgressEvent.Advanced advanced -> {}
      case ProgressEvent.Finished finished -> {
        long since = begun.getOrDefault(finished.stage(), clock.millis());
        err.println(line(finished, Duration.ofMillis(clock.millis() - since)));
      }
      case ProgressEvent.Warning warning -> err.println("m4fw: warning: " + warning.text());
    }
  }

  /** {@code m4fw: quantize backbone: 43 weights, 1.62 MiB (0.8 s)}. */
  static String line(ProgressEvent.Finished finished, Duration time) {
    String detail = finished.detail().isEmpty() ? "" : ": " + finished.detail();
    String duration = time.toMillis() < 100 ? "" : " (" + Amounts.time(time) + ")";
    return "m4fw: " + finished.stage() + detail + duration;
  }
}
