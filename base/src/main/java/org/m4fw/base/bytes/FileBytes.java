package org.m4fw.base.bytes;

import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.m4fw.base.file.FileError;

/** Reads files that are small enough to be held whole. */
public final class FileBytes {
  private FileBytes() {}

  /**
   * All bytes.
   *
   * @param most more bytes than these are refused before any is read
   * @throws org.m4fw.base.problem.ProblemException with a {@link FileError}
   */
  public static byte[] read(Path path, long most) {
    try (MappedFile file = MappedFile.open(path)) {
      if (file.size() > most) {
        throw FileError.TOO_LARGE.at(path, "", file.size(), most);
      }
      return file.segment().toArray(ValueLayout.JAVA_BYTE);
    }
  }
}
