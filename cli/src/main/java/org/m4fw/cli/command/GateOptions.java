package org.m4fw.cli.command;

import java.util.Optional;
import org.m4fw.cli.evaluate.Gate;
import picocli.CommandLine.Option;

/** What a score has to be. */
final class GateOptions {
  @Option(
      names = "--min",
      paramLabel = "X",
      description = "Fail (exit code 1) below this score; for metrics that are better when higher.")
  Optional<Double> min = Optional.empty();

  @Option(
      names = "--max",
      paramLabel = "X",
      description = "Fail above this score; for perplexity and wer, which are better when lower.")
  Optional<Double> max = Optional.empty();

  @Option(
      names = "--max-drop",
      paramLabel = "Y",
      description =
          "Fail if the score is worse than that of --reference by more than Y, in the metric's own"
              + " unit.")
  Optional<Double> maxDrop = Optional.empty();

  Gate gate() {
    return new Gate(min, max, maxDrop);
  }
}
