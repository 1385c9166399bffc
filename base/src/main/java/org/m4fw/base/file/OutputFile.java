package org.m4fw.base.file;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import org.m4fw.base.problem.ProblemException;

/**
 * A file that gets its name only when it is whole. It is written beside its target under a
 * temporary name; {@link #commit} makes it durable and renames it; {@link #close} without a commit,
 * or the end of the process, removes it.
 *
 * <p>Appending is for one thread; positional writes may come from several.
 */
public final class OutputFile implements AutoCloseable {
  private static final long CHUNK = 8 << 20;

  /** Who may read the file. */
  public enum Access {
    DEFAULT,
    /** Only the owner may read or write: for private keys. */
    OWNER_ONLY;

    FileAttribute<?>[] ofFile(Path path) {
      return attributes(path, "rw-------");
    }

    FileAttribute<?>[] ofDirectory(Path path) {
      return attributes(path, "rwx------");
    }

    private FileAttribute<?>[] attributes(Path path, String owner) {
      boolean posix = path.getFileSystem().supportedFileAttributeViews().contains("posix");
      return this == OWNER_ONLY && posix
          ? new FileAttribute<?>[] {
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(owner))
          }
          : new FileAttribute<?>[0];
    }
  }

  private final Path target;
  private final Path temporary;
  private final FileChannel channel;
  private final LargeWrites large;
  private long position;
  private boolean committed;

  private OutputFile(Path target, Path temporary, FileChannel channel) {
    this.target = target;
    this.temporary = temporary;
    this.channel = channel;
    this.large = new LargeWrites(temporary, channel);
  }

  public static OutputFile create(Path target) {
    return create(target, Access.DEFAULT);
  }

  /**
   * Begins the file; its directory is made if it is missing.
   *
   * @throws ProblemException with a {@link FileError} if the directory cannot be written
   */
  public static OutputFile create(Path target, Access access) {
    try {
      Path absolute = target.toAbsolutePath();
      if (Files.isDirectory(absolute)) {
        throw FileError.NOT_A_REGULAR_FILE.at(target, "");
      }
      Files.createDirectories(parent(absolute));
      Path temporary = Temporaries.beside(absolute);
      FileChannel channel =
          FileChannel.open(
              temporary,
              java.util.Set.of(
                  StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE),
              access.ofFile(absolute));
      Temporaries.register(temporary);
      return new OutputFile(target, temporary, channel);
    } catch (IOException e) {
      throw failure(target, e);
    }
  }

  /**
   * Begins a file in a {@link ResumableDirectory}, or goes on with the one that is there, whether
   * it had its name already or not. What of it is good is for the caller to know.
   *
   * @throws ProblemException with a {@link FileError}
   */
  public static OutputFile resume(Path target) {
    Path absolute = target.toAbsolutePath();
    Path temporary = absolute.resolveSibling(".%s.part".formatted(absolute.getFileName()));
    try {
      if (Files.isRegularFile(absolute) && !Files.exists(temporary)) {
        move(absolute, temporary);
      }
      return new OutputFile(
          target,
          temporary,
          FileChannel.open(
              temporary,
              StandardOpenOption.CREATE,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE));
    } catch (IOException e) {
      throw failure(target, e);
    }
  }

  /**
   * A file of working data that never gets a name of its own: to be read under {@link
   * #temporaryPath}, gone when it is closed. It is in the system's directory for temporary files,
   * which may be moved with {@code java.io.tmpdir}.
   */
  public static OutputFile scratch(String name) {
    return create(
        Path.of(System.getProperty("java.io.tmpdir", ".")).resolve("m4fw-" + name),
        Access.OWNER_ONLY);
  }

  /** Whether a file is an unfinished output of this process, or its working data. */
  public static boolean isUnfinished(Path file) {
    return Temporaries.isRegistered(file.toAbsolutePath());
  }

  /** Writes the whole file in one call. */
  public static void write(Path target, byte[] content) {
    try (OutputFile file = create(target)) {
      file.append(ByteBuffer.wrap(content));
      file.commit();
    }
  }

  /** The final name. */
  public Path target() {
    return target;
  }

  /** Where the bytes are until the commit; for readers that check the file before it counts. */
  public Path temporaryPath() {
    return temporary;
  }

  /** The number of bytes appended so far. */
  public long position() {
    return position;
  }

  public void append(ByteBuffer bytes) {
    int count = bytes.remaining();
    write(position, bytes);
    position += count;
  }

  public void append(byte[] bytes) {
    append(ByteBuffer.wrap(bytes));
  }

  public void append(MemorySegment bytes) {
    for (long at = 0; at < bytes.byteSize(); at += CHUNK) {
      append(buffer(bytes.asSlice(at, Math.min(CHUNK, bytes.byteSize() - at))));
    }
  }

  /** Only native memory and byte arrays have a byte buffer; other arrays are copied. */
  public static ByteBuffer buffer(MemorySegment bytes) {
    return bytes.isNative() || bytes.heapBase().filter(byte[].class::isInstance).isPresent()
        ? bytes.asByteBuffer()
        : ByteBuffer.wrap(bytes.toArray(ValueLayout.JAVA_BYTE));
  }

  /** Appends zero bytes until {@link #position} is a multiple of the alignment. */
  public void align(long alignment) {
    long missing = Math.floorMod(-position, alignment);
    while (missing > 0) {
      int count = (int) Math.min(missing, 1 << 16);
      append(ByteBuffer.allocate(count));
      missing -= count;
    }
  }

  /**
   * Appends zero bytes that take no room on the disk, where its file system has sparse files: only
   * the last byte is written.
   */
  public void appendHole(long length) {
    if (length > 0) {
      position += length - 1;
      append(ByteBuffer.allocate(1));
    }
  }

  /** Writes at an absolute offset; does not move {@link #position}. */
  public void write(long offset, ByteBuffer bytes) {
    try {
      long at = offset;
      while (bytes.hasRemaining()) {
        at += channel.write(bytes, at);
      }
    } catch (IOException e) {
      throw failure(target, e);
    }
  }

  /**
   * As {@link #write}, past the page cache where that is possible and the bytes are many: for those
   * that nobody reads soon. It wants the place to be a multiple of 4096, and the bytes to be in
   * native memory of such an address, or in an array.
   */
  public void writeLarge(long offset, ByteBuffer bytes) {
    try {
      large.write(offset, bytes);
    } catch (IOException e) {
      throw failure(target, e);
    }
  }

  /** An unbuffered stream that appends; closing it does not close the file. */
  public OutputStream stream() {
    return new OutputStream() {
      @Override
      public void write(int b) {
        append(new byte[] {(byte) b});
      }

      @Override
      public void write(byte[] bytes, int offset, int length) {
        append(ByteBuffer.wrap(bytes, offset, length));
      }
    };
  }

  /** Makes the file durable and gives it its name, replacing what had it. */
  public void commit() {
    try {
      channel.force(true);
      rename();
      Temporaries.forceDirectory(parent(target.toAbsolutePath()));
    } catch (IOException e) {
      throw failure(target, e);
    }
  }

  /**
   * Gives the file its name without waiting for the disk. For caches: after a power failure the
   * file may hold anything, so that whoever reads it has to check a digest.
   */
  public void commitToCache() {
    try {
      rename();
    } catch (IOException e) {
      throw failure(target, e);
    }
  }

  private void rename() throws IOException {
    large.close();
    channel.close();
    move(temporary, target.toAbsolutePath());
    committed = true;
    Temporaries.unregister(temporary);
  }

  @Override
  public void close() {
    if (committed) {
      return;
    }
    try {
      large.close();
      channel.close();
      Files.deleteIfExists(temporary);
    } catch (IOException e) {
      // The temporary file stays registered: the end of the process tries again.
      return;
    }
    Temporaries.unregister(temporary);
  }

  private static void move(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static Path parent(Path absolute) {
    Path parent = absolute.getParent();
    return parent == null ? absolute : parent;
  }

  private static ProblemException failure(Path target, IOException e) {
    ProblemException problem =
        FileError.ofWriting(e).at(Temporaries.target(target), "", FileError.reason(e));
    problem.initCause(e);
    return problem;
  }
}
