package org.m4fw.base.file;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A directory of the system's temporary place that is removed when it is closed, or at the end. */
public final class TemporaryDirectory implements AutoCloseable {
  private final Path path;

  private TemporaryDirectory(Path path) {
    this.path = path;
  }

  /**
   * Makes an empty directory that only the owner can enter.
   *
   * @throws org.m4fw.base.problem.ProblemException with a {@link FileError}
   */
  public static TemporaryDirectory create() {
    try {
      Path path = Files.createTempDirectory("m4fw-");
      Temporaries.register(path);
      return new TemporaryDirectory(path);
    } catch (IOException e) {
      Path place = Path.of(System.getProperty("java.io.tmpdir", ""));
      throw FileError.ofWriting(e).at(place, "", FileError.reason(e));
    }
  }

  public Path path() {
    return path;
  }

  @Override
  public void close() {
    Temporaries.delete(path);
    Temporaries.unregister(path);
  }
}
