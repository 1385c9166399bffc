package org.m4fw.base.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Writes to a file so that large pieces go past the page cache, where system and file system let
 * them. Gigabytes that nobody reads soon so cost less of the processor's time ({@code
 * docs/performance.md}), are on the disk at once instead of at the next {@code force}, and do not
 * push others' files out of memory. All else, and everything where that is refused, is written as
 * usual; the bytes are the same.
 *
 * <p>Any number of threads may write to different places.
 */
final class LargeWrites implements AutoCloseable {
  /** Place, length and memory of a write past the cache have to be multiples of a block. */
  private static final int BLOCK = 4096;

  /** Smaller writes gain nothing: each waits for the disk. */
  private static final int LEAST = 256 << 10;

  /** Part of the JDK, but not of every Java. */
  private static final Optional<OpenOption> PAST_CACHE =
      option("com.sun.nio.file.ExtendedOpenOption", "DIRECT");

  private final Path path;
  private final FileChannel channel;
  private Optional<FileChannel> direct = Optional.empty();
  private boolean refused;

  /**
   * Writes to an open file.
   *
   * @param channel open for writing; stays open
   */
  LargeWrites(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  void write(long offset, ByteBuffer bytes) throws IOException {
    int blocks = bytes.remaining() / BLOCK * BLOCK;
    long at = offset;
    if (blocks >= LEAST && offset % BLOCK == 0) {
      at += pastCache(offset, bytes, blocks);
    }
    while (bytes.hasRemaining()) {
      at += channel.write(bytes, at);
    }
  }

  /** Writes what it can of the first so many bytes, and takes that from the buffer. */
  private int pastCache(long offset, ByteBuffer bytes, int count) {
    ByteBuffer part = bytes.slice(bytes.position(), count);
    try {
      Optional<FileChannel> open = direct();
      while (open.isPresent() && part.hasRemaining()) {
        open.get().write(part, offset + part.position());
      }
    } catch (IOException e) {
      // What is left goes the usual way, where a true failure comes again.
      refuse();
    }
    bytes.position(bytes.position() + part.position());
    return part.position();
  }

  private synchronized Optional<FileChannel> direct() throws IOException {
    if (refused) {
      return Optional.empty();
    }
    if (direct.isEmpty() && PAST_CACHE.isPresent()) {
      try {
        direct =
            Optional.of(
                FileChannel.open(
                    path, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS, PAST_CACHE.get()));
      } catch (UnsupportedOperationException e) {
        refused = true;
      }
    }
    return direct;
  }

  private static Optional<OpenOption> option(String type, String name) {
    try {
      return Stream.of(Class.forName(type).getEnumConstants())
          .filter(constant -> constant.toString().equals(name))
          .map(OpenOption.class::cast)
          .findFirst();
    } catch (ClassNotFoundException e) {
      return Optional.empty();
    }
  }

  private synchronized void refuse() {
    refused = true;
  }

  /** To be called with the closing of the channel: it ends the file's locks. */
  @Override
  public synchronized void close() throws IOException {
    refused = true;
    if (direct.isPresent()) {
      direct.get().close();
    }
  }
}
