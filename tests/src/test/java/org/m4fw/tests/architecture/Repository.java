package org.m4fw.tests.architecture;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The source tree that these tests are part of. */
final class Repository {
  static final Path ROOT = Path.of(System.getProperty("m4fw.root"));

  private Repository() {}

  /** Every Java source of every module, sorted, relative to the root. */
  static List<Path> javaSources() {
    return modules().stream()
        .map(module -> ROOT.resolve(module).resolve("src"))
        .filter(Files::isDirectory)
        .flatMap(Repository::files)
        .filter(file -> file.toString().endsWith(".java"))
        .map(ROOT::relativize)
        .sorted()
        .toList();
  }

  /** The directories that have a pom.xml, sorted. */
  static List<String> modules() {
    try (Stream<Path> children = Files.list(ROOT)) {
      return children
          .filter(child -> Files.isRegularFile(child.resolve("pom.xml")))
          .map(child -> child.getFileName().toString())
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String text(Path relative) {
    try {
      return Files.readString(ROOT.resolve(relative));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Stream<Path> files(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(Files::isRegularFile).toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
