package org.m4fw.base.file;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** Knows the unfinished outputs of this process and removes them when it ends early. */
final class Temporaries {
  /** Unfinished outputs with what they are to become. */
  private static final Map<Path, Path> UNFINISHED = new ConcurrentHashMap<>();

  private static final AtomicLong COUNTER = new AtomicLong();

  static {
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(() -> UNFINISHED.keySet().forEach(Temporaries::delete), "clean-up"));
  }

  private Temporaries() {}

  /** A name in the same directory, so that a rename is atomic. */
  static Path beside(Path target) {
    return target.resolveSibling(
        ".%s.%s-%s.part"
            .formatted(
                target.getFileName(), ProcessHandle.current().pid(), COUNTER.incrementAndGet()));
  }

  static void register(Path path) {
    register(path, path);
  }

  /** As {@link #register(Path)}, with the path that it, or what is in it, is to get. */
  static void register(Path path, Path target) {
    UNFINISHED.put(path, target);
  }

  /** The path that a file is to get, for messages: nobody knows the unfinished ones. */
  static Path target(Path path) {
    return UNFINISHED.entrySet().stream()
        .filter(entry -> path.startsWith(entry.getKey()))
        .findFirst()
        .map(entry -> entry.getValue().resolve(entry.getKey().relativize(path)))
        .orElse(path);
  }

  /** Whether a path is an unfinished output, or in one. */
  static boolean isRegistered(Path path) {
    return UNFINISHED.keySet().stream().anyMatch(path::startsWith);
  }

  static void unregister(Path path) {
    UNFINISHED.remove(path);
  }

  /** Removes a file or a whole tree; what cannot be removed stays, as there is nobody to tell. */
  static void delete(Path root) {
    try {
      Files.walkFileTree(
          root,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              Files.deleteIfExists(file);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) {
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(
                Path directory, @org.jspecify.annotations.Nullable IOException e)
                throws IOException {
              Files.deleteIfExists(directory);
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      // Nothing more can be done here.
      return;
    }
  }

  /** Removes a directory that holds nothing; anything else stays. */
  static void deleteIfEmpty(Path directory) {
    try {
      Files.deleteIfExists(directory);
    } catch (IOException e) {
      // Something is in it by now, or there is nothing to be done about it.
      return;
    }
  }

  /** Makes a rename durable where the system lets a directory be synced. */
  static void forceDirectory(Path directory) {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      // Some systems cannot sync a directory; the rename itself is still atomic.
      return;
    }
  }
}
