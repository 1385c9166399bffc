package org.m4fw.cli.pipeline;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * What came of a build.
 *
 * @param image where it is
 * @param changed whether anything had to be done
 * @param report {@code report.json}
 * @param times how long each component took for each target; empty if nothing was done
 * @param development the identity that signed, if it is the development one
 */
public record BuildResult(
    Path image, boolean changed, JsonNode report, List<Time> times, Optional<Path> development) {
  public BuildResult {
    times = List.copyOf(times);
  }

  /** How long making and measuring took. */
  public record Time(String component, String target, Duration time) {}
}
