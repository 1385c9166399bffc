package org.m4fw.cli;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What a command line gave when it was run in this process. */
public record Invoked(int exitCode, String out, String err) {

  /** Runs m4fw. */
  public static Invoked with(String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int exitCode = Main.run(List.of(args), out, err);
    return new Invoked(
        exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  /** The lines of standard error. */
  public List<String> errorLines() {
    return err.lines().toList();
  }
}
