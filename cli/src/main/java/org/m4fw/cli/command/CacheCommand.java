package org.m4fw.cli.command;

import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.m4fw.cli.console.Amounts;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.console.Json;
import org.m4fw.cli.pipeline.CacheDirectory;
import org.m4fw.quantizer.StoreUsage;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** {@code cache}. */
@CommandLine.Command(
    description = {
      "Says how large the cache of quantized weights is, and removes from it what nobody used for"
          + " some time. Whatever is removed is made again when it is wanted."
    },
    footer = {
      "",
      "Examples:",
      "  m4fw cache",
      "  m4fw cache --remove-unused 30",
      "  M4FW_CACHE_DIR=/mnt/cache m4fw cache --json"
    })
final class CacheCommand implements Command {
  @Option(
      names = "--remove-unused",
      paramLabel = "DAYS",
      description =
          "Remove the weights that were not used for so many days; at least 1, as a build that is"
              + " under way needs what it found.")
  Optional<Integer> days = Optional.empty();

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Override
  public void run(Console console) {
    Path directory = CacheDirectory.ofUser().weights();
    days.filter(count -> count < 1)
        .ifPresent(
            count -> {
              throw CommandError.OUT_OF_RANGE.at("", "--remove-unused", count, "1 or more");
            });
    Optional<StoreUsage> removed =
        days.map(
            count ->
                StoreUsage.removeUnused(
                    directory, FileTime.from(Instant.now().minus(Duration.ofDays(count)))));
    StoreUsage left = StoreUsage.of(directory);
    if (json) {
      var report =
          Json.object()
              .put("directory", directory.toString())
              .put("weights", left.entries())
              .put("bytes", left.bytes());
      removed.ifPresent(
          usage ->
              report.put("removed_weights", usage.entries()).put("removed_bytes", usage.bytes()));
      console.json(report);
      return;
    }
    removed.ifPresent(
        usage ->
            console.line(
                "removed: %s weights, %s"
                    .formatted(usage.entries(), Amounts.bytes(usage.bytes()))));
    console.line(
        "%s: %s weights, %s".formatted(directory, left.entries(), Amounts.bytes(left.bytes())));
  }
}
