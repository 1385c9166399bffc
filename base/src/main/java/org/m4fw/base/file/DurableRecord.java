package org.m4fw.base.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * A few bytes that are replaced often and are never lost: a file of two copies, of which the older
 * is overwritten. Whenever the power goes, one copy is whole. A copy takes 4096 bytes:
 *
 * <pre>
 * magic   8 bytes  "M4FWREC\n"
 * number  u64      one more than that of the other copy
 * length  u32      of the content
 * content
 * CRC-32C u32      of all before it
 * zeros
 * </pre>
 *
 * <p>Little-endian. The copy with the higher number counts, of those whose checksum is right.
 */
public final class DurableRecord {
  private static final long MAGIC =
      ByteBuffer.wrap(new byte[] {'M', '4', 'F', 'W', 'R', 'E', 'C', '\n'})
          .order(ByteOrder.LITTLE_ENDIAN)
          .getLong();
  private static final int COPY = 4096;
  private static final int HEAD = Long.BYTES + Long.BYTES + Integer.BYTES;

  /** The longest content, in bytes. */
  public static final int CAPACITY = COPY - HEAD - Integer.BYTES;

  private DurableRecord() {}

  private record Copy(int index, long number, ByteBuffer content) {}

  /**
   * The content; empty if there is no such file.
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link FileError#BOTH_COPIES_DAMAGED} or
   *     {@link FileError#UNREADABLE}
   */
  public static Optional<byte[]> read(Path path) {
    if (!Files.exists(path)) {
      return Optional.empty();
    }
    ByteBuffer content = newest(path).content();
    byte[] bytes = new byte[content.remaining()];
    content.get(bytes);
    return Optional.of(bytes);
  }

  /** Replaces the content, durably; makes the file if it is missing. */
  public static void write(Storage storage, String name, byte[] content) {
    if (content.length > CAPACITY) {
      throw FileError.TOO_LARGE.at(storage.path(name), "", content.length, CAPACITY);
    }
    if (!storage.exists(name)) {
      create(storage, name, content);
      return;
    }
    Copy newest = newest(storage.path(name));
    try (Storage.StoredFile file = storage.open(name)) {
      long older = (long) (1 - newest.index()) * COPY;
      file.write(older, encode(Math.addExact(newest.number(), 1), content));
      file.force();
    }
  }

  /** Removes the file, durably, if it is there. */
  public static void delete(Storage storage, String name) {
    if (storage.exists(name) || storage.exists(beginning(name))) {
      storage.delete(name);
      storage.delete(beginning(name));
      storage.sync();
    }
  }

  private static String beginning(String name) {
    return name + ".new";
  }

  /** Under another name first: a file in which no copy is whole is always a damaged one. */
  private static void create(Storage storage, String name, byte[] content) {
    try (Storage.StoredFile file = storage.open(beginning(name))) {
      file.write(0, encode(1, content));
      file.write(COPY, ByteBuffer.allocate(COPY));
      file.force();
    }
    storage.rename(beginning(name), name);
    storage.sync();
  }

  private static ByteBuffer encode(long number, byte[] content) {
    ByteBuffer copy = ByteBuffer.allocate(COPY).order(ByteOrder.LITTLE_ENDIAN);
    copy.putLong(MAGIC).putLong(number).putInt(content.length).put(content);
    copy.putInt(checksum(copy.array(), copy.position()));
    return copy.clear();
  }

  private static Copy newest(Path path) {
    byte[] bytes = bytes(path);
    return Stream.of(0, 1)
        .flatMap(index -> decode(bytes, index).stream())
        .max(Comparator.comparingLong(Copy::number))
        .orElseThrow(() -> FileError.BOTH_COPIES_DAMAGED.at(path, ""));
  }

  private static Optional<Copy> decode(byte[] bytes, int index) {
    if (bytes.length < (index + 1) * COPY) {
      return Optional.empty();
    }
    ByteBuffer copy = ByteBuffer.wrap(bytes, index * COPY, COPY).slice();
    copy.order(ByteOrder.LITTLE_ENDIAN);
    boolean magic = copy.getLong() == MAGIC;
    long number = copy.getLong();
    int length = copy.getInt();
    // Nobody who counts gets to the highest number, after which there is no next one.
    boolean countable = number >= 1 && number < Long.MAX_VALUE;
    if (!magic || !countable || length < 0 || length > CAPACITY) {
      return Optional.empty();
    }
    byte[] checked = Arrays.copyOfRange(bytes, index * COPY, index * COPY + HEAD + length);
    if (copy.getInt(HEAD + length) != checksum(checked, checked.length)) {
      return Optional.empty();
    }
    return Optional.of(new Copy(index, number, ByteBuffer.wrap(checked, HEAD, length)));
  }

  private static byte[] bytes(Path path) {
    try {
      long size = Files.size(path);
      if (!Files.isRegularFile(path) || size > 2 * COPY) {
        throw FileError.BOTH_COPIES_DAMAGED.at(path, "");
      }
      return Files.readAllBytes(path);
    } catch (IOException e) {
      throw FileError.UNREADABLE.at(path, "", FileError.reason(e));
    }
  }

  private static int checksum(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }
}
