package org.m4fw.cli.export;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.m4fw.base.process.ExternalProgram;
import org.m4fw.base.process.ExternalProgram.Ending;

/** e2fsprogs, run so that neither its configuration nor the clock nor the user matters. */
final class FileSystemTools {
  private static final Duration LIMIT = Duration.ofHours(2);
  private static final int MOST_OUTPUT = 1 << 20;

  /** Where the programs are on systems that keep them from the PATH of ordinary users. */
  private static final List<String> PLACES =
      List.of("/usr/sbin", "/sbin", "/usr/local/sbin", "/opt/homebrew/opt/e2fsprogs/sbin");

  private final Map<String, String> environment;

  /** Every time that is written will be this one. */
  FileSystemTools(long seconds) {
    this.environment =
        Map.of(
            "E2FSPROGS_FAKE_TIME", Long.toString(seconds),
            "SOURCE_DATE_EPOCH", Long.toString(seconds),
            "MKE2FS_CONFIG", "/dev/null",
            "LC_ALL", "C",
            "TZ", "UTC");
  }

  /**
   * Runs a program of e2fsprogs.
   *
   * @throws org.m4fw.base.problem.ProblemException with an {@link ExportError}
   */
  void run(String program, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(
        find(program).orElseThrow(() -> ExportError.PROGRAM_MISSING.at(program, "")).toString());
    command.addAll(List.of(arguments));
    Ending ending =
        new ExternalProgram(
                command,
                new TreeMap<>(environment),
                Set.of(),
                LIMIT,
                MOST_OUTPUT,
                ExternalProgram.Errors.MERGED)
            .run(new byte[0]);
    switch (ending) {
      case Ending.NotStarted none -> throw ExportError.PROGRAM_MISSING.at(program, "");
      case Ending.TooSlow slow -> throw ExportError.PROGRAM_ENDLESS.at(program, "");
      case Ending.TooMuch much -> throw ExportError.PROGRAM_ENDLESS.at(program, "");
      case Ending.Exited exited -> {
        if (exited.code() != 0) {
          throw ExportError.PROGRAM_FAILED.at(
              program, "", exited.code(), lastLine(exited.output()));
        }
      }
    }
  }

  private static String lastLine(byte[] output) {
    return new String(output, StandardCharsets.UTF_8)
        .lines()
        .filter(line -> !line.isBlank())
        .reduce((first, second) -> second)
        .orElse("it said nothing");
  }

  private static Optional<Path> find(String program) {
    String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
    return Stream.concat(Stream.of(path.split(File.pathSeparator, -1)), PLACES.stream())
        .filter(place -> !place.isEmpty())
        .map(place -> Path.of(place, program))
        .filter(Files::isExecutable)
        .findFirst();
  }
}
