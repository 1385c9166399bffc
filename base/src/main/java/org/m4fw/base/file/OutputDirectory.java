package org.m4fw.base.file;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * A directory that gets its name only when all in it is whole. Files are written into {@link
 * #path()}; {@link #commit} renames it. An older directory under the final name is moved aside
 * first and removed after; {@link #close} without a commit removes the new one.
 */
public final class OutputDirectory implements AutoCloseable {
  private final Path target;
  private final Path temporary;
  private boolean committed;

  private OutputDirectory(Path target, Path temporary) {
    this.target = target;
    this.temporary = temporary;
  }

  /**
   * Begins the directory.
   *
   * @throws org.m4fw.base.problem.ProblemException if the target is a file or cannot be written
   */
  public static OutputDirectory create(Path target) {
    return create(target, OutputFile.Access.DEFAULT);
  }

  /** As {@link #create(Path)}; owner-only directories are for private keys. */
  public static OutputDirectory create(Path target, OutputFile.Access access) {
    try {
      Path absolute = target.toAbsolutePath().normalize();
      if (Files.exists(absolute) && !Files.isDirectory(absolute)) {
        throw FileError.NOT_A_DIRECTORY.at(target, "");
      }
      Path parent = absolute.getParent();
      if (parent != null) {
        Files.createDirectories(parent);
      }
      Path temporary = Temporaries.beside(absolute);
      Files.createDirectory(temporary, access.ofDirectory(absolute));
      Temporaries.register(temporary, target);
      return new OutputDirectory(target, temporary);
    } catch (IOException e) {
      throw FileError.ofWriting(e).at(target, "", FileError.reason(e));
    }
  }

  /** Begins the directory, or goes on with it, in a place of the caller's choice beside it. */
  static OutputDirectory at(Path target, Path temporary) throws IOException {
    if (Files.exists(target) && !Files.isDirectory(target)) {
      throw FileError.NOT_A_DIRECTORY.at(target, "");
    }
    Files.createDirectories(temporary);
    return new OutputDirectory(target, temporary);
  }

  boolean isUnfinished() {
    return !committed;
  }

  /** Where to write until the commit. */
  public Path path() {
    return temporary;
  }

  public void commit() {
    Path absolute = target.toAbsolutePath().normalize();
    try {
      if (Files.isDirectory(absolute)) {
        Path old = Temporaries.beside(absolute);
        Files.move(absolute, old);
        Temporaries.register(old);
        try {
          Files.move(temporary, absolute, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
          Files.move(old, absolute);
          Temporaries.unregister(old);
          throw e;
        }
        Temporaries.delete(old);
        Temporaries.unregister(old);
      } else {
        Files.move(temporary, absolute, StandardCopyOption.ATOMIC_MOVE);
      }
      committed = true;
      Temporaries.unregister(temporary);
    } catch (FileAlreadyExistsException | DirectoryNotEmptyException e) {
      throw FileError.EXISTS.at(target, "");
    } catch (IOException e) {
      throw FileError.ofWriting(e).at(target, "", FileError.reason(e));
    }
  }

  /**
   * As {@link #commit}, but never replaces what is there: of several processes that commit the same
   * target, one wins.
   *
   * @return false if the target exists and is not an empty directory; it is left as it is
   */
  public boolean commitIfAbsent() {
    Path absolute = target.toAbsolutePath().normalize();
    try {
      Files.move(temporary, absolute, StandardCopyOption.ATOMIC_MOVE);
      committed = true;
      Temporaries.unregister(temporary);
      return true;
    } catch (IOException e) {
      if (Files.exists(absolute)) {
        return false;
      }
      throw FileError.ofWriting(e).at(target, "", FileError.reason(e));
    }
  }

  @Override
  public void close() {
    if (!committed) {
      Temporaries.delete(temporary);
      Temporaries.unregister(temporary);
    }
  }
}
