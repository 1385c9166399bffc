package org.m4fw.tests.image;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** Programs of others that tests hold our results against. */
final class ExternalTool {
  private static final List<String> PLACES =
      List.of("/usr/bin", "/usr/sbin", "/bin", "/sbin", "/usr/local/bin", "/opt/homebrew/bin");

  private final Path program;

  private ExternalTool(Path program) {
    this.program = program;
  }

  /**
   * The program; where it is missing, the test is skipped, and the summary of the check says so.
   */
  static ExternalTool require(String name) {
    return new ExternalTool(
        PLACES.stream()
            .map(place -> Path.of(place, name))
            .filter(Files::isExecutable)
            .findFirst()
            .orElseGet(
                () -> {
                  System.out.println("SKIPPED: what needs " + name + ", which is not installed");
                  return Assumptions.abort(name + " is not installed");
                }));
  }

  /** What a run gave. */
  record Outcome(int code, String output) {}

  Outcome run(Path directory, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(program.toString()));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      return new Outcome(process.waitFor(), output);
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  /** All files below a directory, relative, sorted. */
  static List<String> files(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      return all.filter(Files::isRegularFile)
          .map(file -> directory.relativize(file).toString())
          .sorted()
          .toList();
    }
  }
}
