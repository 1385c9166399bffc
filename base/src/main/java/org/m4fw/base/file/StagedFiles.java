package org.m4fw.base.file;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;

/**
 * Files that are to appear in a directory together, beside whatever else is there. They are written
 * into a directory inside of it, so that a full or read-only file system shows before anything has
 * its name, and moved to their names one after another when all are whole; {@link #close} without
 * {@link #publish} leaves the directory as it was, or removes it if it was made.
 */
public final class StagedFiles implements AutoCloseable {
  private final Path target;
  private final Path staging;
  private final boolean made;
  private boolean published;

  private StagedFiles(Path target, Path staging, boolean made) {
    this.target = target;
    this.staging = staging;
    this.made = made;
  }

  /**
   * Begins; the directory is made if it is missing.
   *
   * @throws org.m4fw.base.problem.ProblemException if it is a file or cannot be written
   */
  public static StagedFiles in(Path target) {
    Path absolute = target.toAbsolutePath().normalize();
    if (Files.exists(absolute) && !Files.isDirectory(absolute)) {
      throw FileError.NOT_A_DIRECTORY.at(target, "");
    }
    boolean made = !Files.exists(absolute);
    try {
      Files.createDirectories(absolute);
      Path staging = Temporaries.beside(absolute.resolve("staging"));
      Files.createDirectory(staging);
      Temporaries.register(staging, target);
      return new StagedFiles(target, staging, made);
    } catch (FileAlreadyExistsException e) {
      throw FileError.NOT_A_DIRECTORY.at(target, "");
    } catch (IOException e) {
      throw FileError.ofWriting(e).at(target, "", FileError.reason(e));
    }
  }

  /** Where to write a file of that name until it is published. */
  public Path path(String name) {
    return staging.resolve(name);
  }

  /**
   * Moves all files to their names, in the order of the names, and removes those that are named as
   * obsolete and not among them.
   *
   * @return the names
   */
  public List<String> publish(Collection<String> obsolete) {
    try {
      List<String> names;
      try (Stream<Path> files = Files.list(staging)) {
        names = files.map(file -> file.getFileName().toString()).sorted().toList();
      }
      for (String name : names) {
        Files.move(
            staging.resolve(name),
            target.resolve(name),
            StandardCopyOption.ATOMIC_MOVE,
            StandardCopyOption.REPLACE_EXISTING);
      }
      for (String name : obsolete) {
        Path file = target.resolve(Path.of(name).getFileName());
        if (!names.contains(name) && Files.isRegularFile(file)) {
          Files.delete(file);
        }
      }
      published = true;
      Temporaries.forceDirectory(target);
      return names;
    } catch (IOException e) {
      throw FileError.ofWriting(e).at(target, "", FileError.reason(e));
    }
  }

  @Override
  public void close() {
    Temporaries.delete(staging);
    Temporaries.unregister(staging);
    if (made && !published) {
      Temporaries.deleteIfEmpty(target);
    }
  }
}
