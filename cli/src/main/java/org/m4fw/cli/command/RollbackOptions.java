package org.m4fw.cli.command;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.m4fw.base.file.FileError;
import org.m4fw.image.Manifest;
import org.m4fw.image.slot.RollbackState;
import org.m4fw.image.slot.TrustVersions;
import picocli.CommandLine.Option;

/** How old an image may be. */
final class RollbackOptions {
  @Option(
      names = "--min-rollback",
      paramLabel = "DOMAIN=N",
      description =
          "Refuse images with a lower rollback index, and those of other domains than the ones"
              + " named; may be repeated.")
  Map<String, Long> minima = new TreeMap<>();

  @Option(
      names = "--rollback-state",
      paramLabel = "FILE",
      description =
          "The same, with the indexes that a device has stored, and the versions of trust root and"
              + " revocations that it has seen; the file is only read.")
  Optional<Path> state = Optional.empty();

  /** Refuses an image that is too old, or older trust. */
  void check(String file, Manifest manifest, TrustVersions versions) {
    minima.forEach(
        (domain, index) -> {
          if (index < 0) {
            throw CommandError.OUT_OF_RANGE.at("", "--min-rollback " + domain, index, "0 or more");
          }
        });
    new RollbackState(new TreeMap<>(minima)).check(file, manifest);
    state.ifPresent(
        path -> {
          if (!Files.exists(path)) {
            throw FileError.NOT_FOUND.at(path, "");
          }
          RollbackState stored = RollbackState.read(path);
          stored.check(file, manifest);
          stored.check(file, versions);
        });
  }
}
