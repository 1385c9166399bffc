package org.m4fw.tests.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** A directory of sound files beside the one that is hostile, for parsers that open paths. */
final class Workplace {
  private static final Path GOLDENS =
      Path.of(System.getProperty("m4fw.root", "..")).resolve("tests/fixtures/goldens");

  private final Path directory;

  Workplace() {
    try {
      directory = Files.createTempDirectory("m4fw-fuzz");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    leaveNothing();
  }

  /** Has the directory and what is in it now removed at the end. */
  void leaveNothing() {
    directory.toFile().deleteOnExit();
    try (Stream<Path> files = Files.list(directory)) {
      files.forEach(file -> file.toFile().deleteOnExit());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path directory() {
    return directory;
  }

  /** Copies a file of the goldens. */
  Workplace with(String golden, String name) {
    try {
      return with(Files.readAllBytes(GOLDENS.resolve(golden)), name);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Workplace with(byte[] content, String name) {
    write(name, content);
    leaveNothing();
    return this;
  }

  /** Writes the hostile file. */
  Path write(String name, byte[] content) {
    try {
      return Files.write(directory.resolve(name), content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
