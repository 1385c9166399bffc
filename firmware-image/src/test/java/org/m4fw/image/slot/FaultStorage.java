package org.m4fw.image.slot;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.m4fw.base.file.FileError;
import org.m4fw.base.file.Storage;

/**
 * A disk whose power goes, or whose room ends, at an operation that the test chooses, and that
 * knows what may be left then: what was forced, and any part of what was not. Renames, creations
 * and deletions survive in their order, as with a journal, but without the bytes that they stand
 * for; bytes that were not forced survive in any selection, the last write perhaps half.
 */
final class FaultStorage implements Storage {
  private static final int SECTOR = 512;

  private final Storage live;
  private final int cutAt;
  private final int fullAt;
  private int operations;

  /** By name, what is there now. */
  private final Map<String, Inode> names = new TreeMap<>();

  /** By name, what a power cut cannot take away. */
  private final Map<String, Inode> durable = new TreeMap<>();

  /** What was done to names since the last sync. */
  private final List<Map<String, Inode>> unsynced = new ArrayList<>();

  private static final class Write {
    private final long offset;
    private final byte[] bytes;

    private Write(long offset, byte[] bytes) {
      this.offset = offset;
      this.bytes = bytes;
    }
  }

  /** A file, whatever it is called. */
  private static final class Inode {
    private byte[] forced = new byte[0];
    private final List<Write> pending = new ArrayList<>();

    void force() {
      forced = content(pending);
      pending.clear();
    }

    private byte[] content(List<Write> writes) {
      long size = forced.length;
      for (Write write : writes) {
        size = Math.max(size, write.offset + write.bytes.length);
      }
      byte[] content = Arrays.copyOf(forced, (int) size);
      for (Write write : writes) {
        System.arraycopy(write.bytes, 0, content, (int) write.offset, write.bytes.length);
      }
      return content;
    }

    /** What may be left of it. */
    byte[] left(Loss loss) {
      List<Write> kept = new ArrayList<>();
      for (int i = 0; i < pending.size(); i++) {
        Write write = pending.get(i);
        boolean last = i == pending.size() - 1;
        switch (loss) {
          case NOTHING -> kept.add(write);
          case EVERYTHING -> {}
          case EVERY_SECOND -> {
            if (i % 2 == 1) {
              kept.add(write);
            }
          }
          case ALL_BUT_THE_LAST -> {
            if (!last) {
              kept.add(write);
            }
          }
          case ALL_BUT_HALF_OF_THE_LAST -> kept.add(last ? torn(write) : write);
          case ALL_BUT_THE_FIRST -> {
            if (i > 0) {
              kept.add(write);
            }
          }
        }
      }
      return content(kept);
    }

    private static Write torn(Write write) {
      int half = write.bytes.length / 2 / SECTOR * SECTOR;
      return new Write(write.offset, Arrays.copyOf(write.bytes, half));
    }
  }

  /** Which of the bytes that were not forced are lost. */
  enum Loss {
    NOTHING,
    EVERYTHING,
    EVERY_SECOND,
    ALL_BUT_THE_FIRST,
    ALL_BUT_THE_LAST,
    ALL_BUT_HALF_OF_THE_LAST
  }

  private FaultStorage(Path directory, int cutAt, int fullAt) {
    this.live = Storage.onDisk(directory);
    this.cutAt = cutAt;
    this.fullAt = fullAt;
    for (String name : live.names()) {
      Inode inode = new Inode();
      try {
        inode.forced = Files.readAllBytes(live.path(name));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      names.put(name, inode);
      durable.put(name, inode);
    }
  }

  /** The power goes instead of this operation; the operations count from 0. */
  static FaultStorage cut(Path directory, int operation) {
    return new FaultStorage(directory, operation, Integer.MAX_VALUE);
  }

  /** This operation and all after it find no room to write. */
  static FaultStorage full(Path directory, int operation) {
    return new FaultStorage(directory, Integer.MAX_VALUE, operation);
  }

  /** Nothing happens to it; faster than a disk, as nobody waits for one. */
  static FaultStorage sound(Path directory) {
    return new FaultStorage(directory, Integer.MAX_VALUE, Integer.MAX_VALUE);
  }

  private void count() {
    if (operations++ >= cutAt) {
      throw new PowerCut();
    }
  }

  private void countWrite(String name) {
    if (operations >= fullAt) {
      throw FileError.NO_SPACE.at(path(name), "", "No space left on device");
    }
  }

  /** How many ways there are for the names to have survived. */
  int nameChoices() {
    return unsynced.size() + 1;
  }

  /** Writes what may be there after the power cut. */
  void survivors(Path directory, int nameChoice, Loss loss) {
    Map<String, Inode> left = nameChoice == 0 ? durable : unsynced.get(nameChoice - 1);
    try {
      Files.createDirectories(directory);
      for (Map.Entry<String, Inode> file : left.entrySet()) {
        Files.write(directory.resolve(file.getKey()), file.getValue().left(loss));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void named() {
    unsynced.add(new HashMap<>(names));
  }

  private Inode inode(String name) {
    Inode inode = names.get(name);
    if (inode == null) {
      throw new IllegalStateException("no file " + name);
    }
    return inode;
  }

  @Override
  public Path path(String name) {
    return live.path(name);
  }

  @Override
  public boolean exists(String name) {
    return live.exists(name);
  }

  @Override
  public List<String> names() {
    return live.names();
  }

  @Override
  public StoredFile open(String name) {
    if (!names.containsKey(name)) {
      countWrite(name);
      count();
      names.put(name, new Inode());
      named();
    }
    return new FaultFile(name, inode(name), live.open(name));
  }

  @Override
  public void rename(String from, String to) {
    count();
    names.put(to, inode(from));
    names.remove(from);
    named();
    live.rename(from, to);
  }

  @Override
  public void delete(String name) {
    if (live.exists(name)) {
      count();
      names.remove(name);
      named();
      live.delete(name);
    }
  }

  @Override
  public void sync() {
    count();
    durable.clear();
    durable.putAll(names);
    unsynced.clear();
  }

  private final class FaultFile implements StoredFile {
    private final String name;
    private final Inode inode;
    private final StoredFile file;

    FaultFile(String name, Inode inode, StoredFile file) {
      this.name = name;
      this.inode = inode;
      this.file = file;
    }

    @Override
    public long size() {
      return file.size();
    }

    @Override
    public void read(long offset, ByteBuffer bytes) {
      file.read(offset, bytes);
    }

    @Override
    public void write(long offset, ByteBuffer bytes) {
      countWrite(name);
      byte[] copy = new byte[bytes.remaining()];
      bytes.duplicate().get(copy);
      // A write that the power cut hits may have reached the disk, or half of it.
      inode.pending.add(new Write(offset, copy));
      count();
      file.write(offset, bytes);
    }

    @Override
    public void force() {
      count();
      inode.force();
    }

    @Override
    public void close() {
      file.close();
    }
  }
}
