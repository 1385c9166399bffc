package org.m4fw.base.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;

/** A {@link Storage} on this machine's disk. */
final class DiskStorage implements Storage {
  private final Path directory;

  private DiskStorage(Path directory) {
    this.directory = directory;
  }

  static DiskStorage open(Path directory) {
    try {
      Path absolute = directory.toAbsolutePath();
      if (Files.exists(absolute) && !Files.isDirectory(absolute)) {
        throw FileError.NOT_A_DIRECTORY.at(directory, "");
      }
      Files.createDirectories(absolute);
      return new DiskStorage(directory);
    } catch (IOException e) {
      throw FileError.ofWriting(e).at(directory, "", FileError.reason(e));
    }
  }

  @Override
  public Path path(String name) {
    return directory.resolve(name);
  }

  @Override
  public boolean exists(String name) {
    return Files.isRegularFile(path(name));
  }

  @Override
  public List<String> names() {
    try (Stream<Path> files = Files.list(directory.toAbsolutePath())) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> String.valueOf(file.getFileName()))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw FileError.UNREADABLE.at(directory, "", FileError.reason(e));
    }
  }

  @Override
  public StoredFile open(String name) {
    Path path = path(name);
    FileChannel channel = null;
    try {
      channel =
          FileChannel.open(
              path,
              StandardOpenOption.CREATE,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE,
              LinkOption.NOFOLLOW_LINKS);
      if (!locked(channel)) {
        channel.close();
        throw FileError.IN_USE.at(path, "");
      }
      return new DiskFile(path, channel, new LargeWrites(path, channel));
    } catch (IOException e) {
      close(path, channel);
      throw failure(path, e);
    }
  }

  private static boolean locked(FileChannel channel) throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      return false;
    }
  }

  @Override
  public void rename(String from, String to) {
    try {
      Files.move(
          path(from),
          path(to),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw failure(path(to), e);
    }
  }

  @Override
  public void delete(String name) {
    try {
      Files.deleteIfExists(path(name));
    } catch (IOException e) {
      throw failure(path(name), e);
    }
  }

  @Override
  public void sync() {
    Temporaries.forceDirectory(directory.toAbsolutePath());
  }

  private record DiskFile(Path path, FileChannel channel, LargeWrites large) implements StoredFile {
    @Override
    public long size() {
      try {
        return channel.size();
      } catch (IOException e) {
        throw FileError.UNREADABLE.at(path, "", FileError.reason(e));
      }
    }

    @Override
    public void read(long offset, ByteBuffer bytes) {
      try {
        long at = offset;
        while (bytes.hasRemaining()) {
          int count = channel.read(bytes, at);
          if (count < 0) {
            throw FileError.CHANGED.at(path, "");
          }
          at += count;
        }
      } catch (IOException e) {
        throw FileError.UNREADABLE.at(path, "", FileError.reason(e));
      }
    }

    @Override
    public void write(long offset, ByteBuffer bytes) {
      try {
        large.write(offset, bytes);
      } catch (IOException e) {
        throw failure(path, e);
      }
    }

    @Override
    public void force() {
      try {
        channel.force(true);
      } catch (IOException e) {
        throw failure(path, e);
      }
    }

    @Override
    public void close() {
      try (large) {
        DiskStorage.close(path, channel);
      } catch (IOException e) {
        throw failure(path, e);
      }
    }
  }

  private static void close(Path path, @org.jspecify.annotations.Nullable FileChannel channel) {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      throw failure(path, e);
    }
  }

  private static RuntimeException failure(Path path, IOException e) {
    return FileError.ofWriting(e).at(path, "", FileError.reason(e));
  }
}
