package org.m4fw.base.bytes;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.m4fw.base.file.FileError;

/**
 * A regular file, mapped read-only. Any thread may read it; nobody may after {@link #close}.
 *
 * <p>A file that another process cuts short while it is mapped makes reads fail with {@link
 * InternalError}; the command line reports that as a changed input.
 */
public final class MappedFile implements AutoCloseable {
  private final Path path;
  private final Arena arena;
  private final MemorySegment segment;

  private MappedFile(Path path, Arena arena, MemorySegment segment) {
    this.path = path;
    this.arena = arena;
    this.segment = segment;
  }

  /**
   * Maps the file.
   *
   * @throws org.m4fw.base.problem.ProblemException with a {@link FileError}
   */
  @SuppressWarnings("MustBeClosed") // the arena lives as long as the object
  public static MappedFile open(Path path) {
    if (!Files.exists(path)) {
      throw FileError.NOT_FOUND.at(path, "");
    }
    if (!Files.isRegularFile(path)) {
      throw FileError.NOT_A_REGULAR_FILE.at(path, "");
    }
    Arena arena = Arena.ofShared();
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      long size = channel.size();
      MemorySegment segment =
          size == 0
              ? MemorySegment.NULL.asReadOnly()
              : channel.map(FileChannel.MapMode.READ_ONLY, 0, size, arena);
      return new MappedFile(path, arena, segment);
    } catch (NoSuchFileException e) {
      arena.close();
      throw FileError.NOT_FOUND.at(path, "");
    } catch (IOException e) {
      arena.close();
      throw FileError.UNREADABLE.at(path, "", FileError.reason(e));
    }
  }

  public Path path() {
    return path;
  }

  /** In bytes. */
  public long size() {
    return segment.byteSize();
  }

  /** The whole file, read-only. */
  public MemorySegment segment() {
    return segment;
  }

  @Override
  public void close() {
    arena.close();
  }
}
