package org.m4fw.quantizer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.m4fw.base.file.FileError;

/**
 * What a {@link WeightStore} that lasts holds, and when it was used: the time of change of an
 * entry's data is that of its last use.
 *
 * @param entries how many weights
 * @param bytes of all files
 */
public record StoreUsage(long entries, long bytes) {
  private static final String SIDECAR = ".json";

  /**
   * Looks at a store.
   *
   * @throws org.m4fw.base.problem.ProblemException with a {@link FileError}
   */
  public static StoreUsage of(Path directory) {
    return sum(files(directory));
  }

  /**
   * Removes the weights that were last used before a time, and unfinished files as old. A process
   * that has just found one of them would miss it; so the time should be days ago.
   *
   * @return what was removed
   * @throws org.m4fw.base.problem.ProblemException with a {@link FileError}
   */
  public static StoreUsage removeUnused(Path directory, FileTime before) {
    List<Path> unused = new ArrayList<>();
    for (Path file : files(directory)) {
      if (lastUsed(file).compareTo(before) < 0) {
        unused.add(file);
      }
    }
    StoreUsage removed = sum(unused);
    for (Path file : unused) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        throw FileError.UNWRITABLE.at(file, "", FileError.reason(e));
      }
    }
    return removed;
  }

  /** Remembers that an entry is used; where the cache cannot be written it simply looks older. */
  static void touch(Path data) {
    try {
      Files.setLastModifiedTime(data, FileTime.from(java.time.Instant.now()));
    } catch (IOException e) {
      // A cache that others made may be there to be read only.
      return;
    }
  }

  private static List<Path> files(Path directory) {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(Files::isRegularFile).sorted().toList();
    } catch (IOException e) {
      throw FileError.UNREADABLE.at(directory, "", FileError.reason(e));
    }
  }

  /** A sidecar is as old as the data beside it. */
  private static FileTime lastUsed(Path file) {
    String name = String.valueOf(file.getFileName());
    Path data =
        name.endsWith(SIDECAR)
            ? file.resolveSibling(name.substring(0, name.length() - SIDECAR.length()))
            : file;
    try {
      return Files.getLastModifiedTime(Files.isRegularFile(data) ? data : file);
    } catch (IOException e) {
      throw FileError.UNREADABLE.at(file, "", FileError.reason(e));
    }
  }

  private static StoreUsage sum(List<Path> files) {
    long entries = 0;
    long bytes = 0;
    for (Path file : files) {
      try {
        bytes += Files.size(file);
      } catch (IOException e) {
        throw FileError.UNREADABLE.at(file, "", FileError.reason(e));
      }
      String name = String.valueOf(file.getFileName());
      boolean weight = name.length() == 64 && !name.contains(".");
      entries += weight ? 1 : 0;
    }
    return new StoreUsage(entries, bytes);
  }
}
