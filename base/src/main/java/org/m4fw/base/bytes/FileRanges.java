package org.m4fw.base.bytes;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.m4fw.base.file.FileError;

/**
 * A regular file of which only what is asked for is read or mapped. For large files of which a
 * small part is needed; others are easier as a {@link MappedFile}. Any thread may use it; nobody
 * may after {@link #close}.
 *
 * <p>A mapped range that another process cuts off makes reads fail with {@link InternalError}, as
 * with {@link MappedFile}.
 */
public final class FileRanges implements AutoCloseable {
  private final Path path;
  private final FileChannel channel;
  private final long size;
  private final Arena arena;
  private final SortedMap<Range, MemorySegment> mapped = new TreeMap<>();
  private final SortedSet<Range> read = new TreeSet<>();

  /** A piece of the file, in bytes. */
  public record Range(long offset, long length) implements Comparable<Range> {
    @Override
    public int compareTo(Range other) {
      int byOffset = Long.compare(offset, other.offset);
      return byOffset != 0 ? byOffset : Long.compare(length, other.length);
    }
  }

  private FileRanges(Path path, FileChannel channel, long size, Arena arena) {
    this.path = path;
    this.channel = channel;
    this.size = size;
    this.arena = arena;
  }

  /**
   * Opens the file and reads nothing yet.
   *
   * @throws org.m4fw.base.problem.ProblemException with a {@link FileError}
   */
  @SuppressWarnings("MustBeClosed") // the arena lives as long as the object
  public static FileRanges open(Path path) {
    if (!Files.exists(path)) {
      throw FileError.NOT_FOUND.at(path, "");
    }
    if (!Files.isRegularFile(path)) {
      throw FileError.NOT_A_REGULAR_FILE.at(path, "");
    }
    try {
      FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
      try {
        return new FileRanges(path, channel, channel.size(), Arena.ofShared());
      } catch (IOException e) {
        channel.close();
        throw e;
      }
    } catch (NoSuchFileException e) {
      throw FileError.NOT_FOUND.at(path, "");
    } catch (IOException e) {
      throw FileError.UNREADABLE.at(path, "", FileError.reason(e));
    }
  }

  public Path path() {
    return path;
  }

  /** In bytes, when it was opened. */
  public long size() {
    return size;
  }

  /** A copy of a range that lies within the file. */
  public byte[] read(long offset, int length) {
    check(offset, length);
    synchronized (read) {
      read.add(new Range(offset, length));
    }
    ByteBuffer bytes = ByteBuffer.allocate(length);
    try {
      while (bytes.hasRemaining()) {
        if (channel.read(bytes, offset + bytes.position()) < 0) {
          throw FileError.CHANGED.at(path, "");
        }
      }
      return bytes.array();
    } catch (IOException e) {
      throw FileError.UNREADABLE.at(path, "", FileError.reason(e));
    }
  }

  /** A range that lies within the file, mapped read-only; the same range is mapped once. */
  public MemorySegment map(long offset, long length) {
    check(offset, length);
    if (length == 0) {
      return MemorySegment.NULL.asReadOnly();
    }
    synchronized (mapped) {
      return mapped.computeIfAbsent(new Range(offset, length), this::map);
    }
  }

  private MemorySegment map(Range range) {
    try {
      if (channel.size() < range.offset() + range.length()) {
        throw FileError.CHANGED.at(path, "");
      }
      return channel.map(FileChannel.MapMode.READ_ONLY, range.offset(), range.length(), arena);
    } catch (IOException e) {
      throw FileError.UNREADABLE.at(path, "", FileError.reason(e));
    }
  }

  /** What was mapped so far, in the order of the file. */
  public List<Range> mapped() {
    synchronized (mapped) {
      return Collections.unmodifiableList(new ArrayList<>(mapped.keySet()));
    }
  }

  /** What was read so far without being mapped, in the order of the file. */
  public List<Range> read() {
    synchronized (read) {
      return Collections.unmodifiableList(new ArrayList<>(read));
    }
  }

  private void check(long offset, long length) {
    if (offset < 0 || length < 0 || length > size - offset) {
      throw new IndexOutOfBoundsException(
          "%d bytes at %d of a file of %d".formatted(length, offset, size));
    }
  }

  @Override
  public void close() {
    arena.close();
    try {
      channel.close();
    } catch (IOException e) {
      throw FileError.UNREADABLE.at(path, "", FileError.reason(e));
    }
  }
}
