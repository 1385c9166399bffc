package org.m4fw.base.file;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/**
 * A directory of files that have to survive a power cut. Nothing is durable because it was written:
 * bytes and length of a file are after {@link StoredFile#force}, the names of files after {@link
 * #sync}. A rename replaces the older file of that name at once or not at all, whenever the power
 * goes. All failures are problems with a {@link FileError}.
 */
public interface Storage {

  /** The files of a directory of this machine; it is made if it is missing. */
  static Storage onDisk(Path directory) {
    return DiskStorage.open(directory);
  }

  /** Where a file is, for reading. */
  Path path(String name);

  boolean exists(String name);

  /** The names of all files, sorted. */
  List<String> names();

  /**
   * Opens a file for writing, and makes it if it is missing. A link in its place is not followed:
   * names of what is unfinished can be guessed.
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link FileError#IN_USE} if somebody else
   *     has it open for writing
   */
  StoredFile open(String name);

  /** Gives a file another name; what had that name is gone. */
  void rename(String from, String to);

  /** Removes a file, if it is there. */
  void delete(String name);

  /** Makes all names durable. */
  void sync();

  /** A file open for writing. Writes at different places may come from several threads. */
  interface StoredFile extends AutoCloseable {
    /** In bytes. */
    long size();

    /** Fills the buffer from an offset on; the file must hold that many bytes there. */
    void read(long offset, ByteBuffer bytes);

    void write(long offset, ByteBuffer bytes);

    /** Makes bytes and length durable. */
    void force();

    @Override
    void close();
  }
}
