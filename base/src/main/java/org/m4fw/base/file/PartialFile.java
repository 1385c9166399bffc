package org.m4fw.base.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A file that may take several runs of the program to become whole, such as a download. Until
 * {@link #commit} gives it its name it is beside its target as {@code .NAME.KEY.part}, where the
 * next run finds it; {@link #close} leaves it there. Only one process at a time can have it open.
 */
public final class PartialFile implements AutoCloseable {
  private static final int CHUNK = 1 << 20;

  private final Path target;
  private final Path path;
  private final FileChannel channel;
  private long length;

  private PartialFile(Path target, Path path, FileChannel channel, long length) {
    this.target = target;
    this.path = path;
    this.channel = channel;
    this.length = length;
  }

  /**
   * Opens what there is, or begins; the directory is made if it is missing.
   *
   * @param key what the content is known by, for a file name: a part with another key is another
   * @throws org.m4fw.base.problem.ProblemException with a {@link FileError}
   */
  public static PartialFile open(Path target, String key) {
    Path absolute = target.toAbsolutePath();
    Path path = absolute.resolveSibling(".%s.%s.part".formatted(absolute.getFileName(), key));
    FileChannel channel = null;
    try {
      if (Files.isDirectory(absolute)) {
        throw FileError.NOT_A_REGULAR_FILE.at(target, "");
      }
      Files.createDirectories(path.resolveSibling("."));
      channel =
          FileChannel.open(
              path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      if (!lock(channel)) {
        channel.close();
        throw FileError.IN_USE.at(target, "");
      }
      return new PartialFile(target, path, channel, channel.size());
    } catch (IOException e) {
      closeQuietly(channel);
      throw FileError.ofWriting(e).at(target, "", FileError.reason(e));
    }
  }

  private static boolean lock(FileChannel channel) throws IOException {
    try {
      FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false;
    }
  }

  private static void closeQuietly(@Nullable FileChannel channel) {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        // What went wrong before is what will be reported.
        return;
      }
    }
  }

  /** How many bytes there are. */
  public long length() {
    return length;
  }

  public void append(ByteBuffer bytes) {
    try {
      while (bytes.hasRemaining()) {
        length += channel.write(bytes, length);
      }
    } catch (IOException e) {
      throw FileError.ofWriting(e).at(target, "", FileError.reason(e));
    }
  }

  /** Hands over what there is, in pieces. */
  public void read(Consumer<ByteBuffer> reader) {
    ByteBuffer buffer = ByteBuffer.allocate(CHUNK);
    try {
      for (long at = 0; at < length; ) {
        buffer.clear().limit((int) Math.min(CHUNK, length - at));
        int count = channel.read(buffer, at);
        if (count < 0) {
          throw FileError.CHANGED.at(target, "");
        }
        at += count;
        reader.accept(buffer.flip());
      }
    } catch (IOException e) {
      throw FileError.UNREADABLE.at(target, "", FileError.reason(e));
    }
  }

  /** Goes back to the beginning. */
  public void clear() {
    try {
      channel.truncate(0);
      length = 0;
    } catch (IOException e) {
      throw FileError.ofWriting(e).at(target, "", FileError.reason(e));
    }
  }

  /** Makes the file durable and gives it its name, replacing what had it. */
  public void commit() {
    try {
      channel.force(true);
      channel.close();
      Files.move(
          path,
          target.toAbsolutePath(),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
      Temporaries.forceDirectory(path.resolveSibling("."));
    } catch (IOException e) {
      throw FileError.ofWriting(e).at(target, "", FileError.reason(e));
    }
  }

  /** Leaves what there is for the next run; removes a file without content. */
  @Override
  public void close() {
    try {
      if (channel.isOpen()) {
        if (length == 0) {
          Files.deleteIfExists(path);
        }
        channel.close();
      }
    } catch (IOException e) {
      // The part stays, and the next run finds it as it is.
      return;
    }
  }
}
