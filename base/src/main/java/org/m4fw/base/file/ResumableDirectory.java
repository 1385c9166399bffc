package org.m4fw.base.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.m4fw.base.digest.Digest;

/**
 * An {@link OutputDirectory} that outlives a process that was killed: until {@link #commit} it is
 * beside its target as {@code .NAME.KEY.part}, where the next process with the same key goes on. A
 * journal in it says what is done. A process that ends in order without a commit leaves nothing.
 *
 * <p>What was written before a power failure may be lost although the journal names it; so the key
 * contains the time at which the system was started. Where that is not known, and where another
 * process does the same at the same time, nothing is found and nothing is left to be found.
 */
public final class ResumableDirectory implements AutoCloseable {
  private static final Path BOOT = Path.of("/proc/sys/kernel/random/boot_id");
  private static final String JOURNAL = ".journal";

  /** More than what a model of a hundred thousand weights notes. */
  private static final long MOST = 64L << 20;

  private final OutputDirectory directory;
  private final Optional<FileChannel> journal;
  private final List<String> done;

  private ResumableDirectory(
      OutputDirectory directory, Optional<FileChannel> journal, List<String> done) {
    this.directory = directory;
    this.journal = journal;
    this.done = List.copyOf(done);
  }

  /**
   * Goes on, or begins. What other jobs that were killed left of the same target is removed.
   *
   * @param key of all that the content depends on
   * @throws org.m4fw.base.problem.ProblemException if the target is a file or cannot be written
   */
  public static ResumableDirectory open(Path target, Digest key) {
    Path absolute = target.toAbsolutePath().normalize();
    Optional<String> boot = bootId();
    if (boot.isEmpty()) {
      return unkept(target);
    }
    Digest full = Digest.of((key + " " + boot.get()).getBytes(StandardCharsets.UTF_8));
    Path part =
        absolute.resolveSibling(
            ".%s.%s.part".formatted(absolute.getFileName(), full.hex().substring(0, 16)));
    try {
      OutputDirectory directory = OutputDirectory.at(target, part);
      removeOthers(absolute, part);
      Optional<FileChannel> journal = locked(part.resolve(JOURNAL));
      if (journal.isEmpty()) {
        return unkept(target);
      }
      Temporaries.register(part, target);
      return new ResumableDirectory(directory, journal, lines(journal.get()));
    } catch (IOException e) {
      throw FileError.ofWriting(e).at(target, "", FileError.reason(e));
    }
  }

  private static ResumableDirectory unkept(Path target) {
    return new ResumableDirectory(OutputDirectory.create(target), Optional.empty(), List.of());
  }

  private static Optional<String> bootId() {
    try {
      return Optional.of(Files.readString(BOOT, StandardCharsets.US_ASCII));
    } catch (IOException e) {
      // Only Linux says.
      return Optional.empty();
    }
  }

  /** Removes parts of the same target that nobody works on. */
  private static void removeOthers(Path target, Path part) throws IOException {
    String name = Pattern.quote("." + target.getFileName()) + "\\.[0-9a-f]{16}\\.part";
    try (DirectoryStream<Path> siblings = Files.newDirectoryStream(part.resolveSibling("."))) {
      for (Path sibling : siblings) {
        Path file = sibling.getFileName();
        if (file.toString().matches(name)
            && !file.equals(part.getFileName())
            && Files.isRegularFile(sibling.resolve(JOURNAL))) {
          Optional<FileChannel> lock = locked(sibling.resolve(JOURNAL));
          if (lock.isPresent()) {
            lock.get().close();
            Temporaries.delete(sibling);
          }
        }
      }
    }
  }

  /** The file, made if it is missing, if no other process has it. */
  private static Optional<FileChannel> locked(Path file) throws IOException {
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      FileLock lock = channel.tryLock();
      if (lock != null) {
        return Optional.of(channel);
      }
    } catch (OverlappingFileLockException e) {
      // Held by this process, which is as good as by another one.
    }
    channel.close();
    return Optional.empty();
  }

  /** Whole lines; a last one that the process did not come to end is cut off. */
  private static List<String> lines(FileChannel journal) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(Math.min(journal.size(), MOST)));
    int count = 0;
    while (bytes.hasRemaining() && count >= 0) {
      count = journal.read(bytes, bytes.position());
    }
    String text = new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
    String whole = text.substring(0, text.lastIndexOf('\n') + 1);
    journal.truncate(whole.getBytes(StandardCharsets.UTF_8).length);
    return whole.lines().toList();
  }

  /** Where to write until the commit; files as with {@link OutputFile#resume}. */
  public Path path() {
    return directory.path();
  }

  /** What {@link #note} was told before the process ended, in this order. */
  public List<String> done() {
    return done;
  }

  /** Remembers that something is written, in one line. */
  public void note(String line) {
    if (journal.isPresent()) {
      try {
        ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8));
        long at = journal.get().size();
        while (bytes.hasRemaining()) {
          at += journal.get().write(bytes, at);
        }
      } catch (IOException e) {
        throw FileError.ofWriting(e).at(directory.path(), "", FileError.reason(e));
      }
    }
  }

  /** Gives the directory its name, without the journal. */
  public void commit() {
    closeJournal();
    directory.commit();
  }

  private void closeJournal() {
    if (journal.isPresent()) {
      try {
        journal.get().close();
        Files.deleteIfExists(directory.path().resolve(JOURNAL));
      } catch (IOException e) {
        throw FileError.ofWriting(e).at(directory.path(), "", FileError.reason(e));
      }
    }
  }

  @Override
  public void close() {
    if (directory.isUnfinished()) {
      closeJournal();
      directory.close();
    }
  }
}
