package org.m4fw.checkpoint.torch;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import org.m4fw.base.file.OutputFile;

/**
 * Writes a zip container as PyTorch's writer does: entries are stored, their data starts at
 * multiples of 64 behind an extra field {@code FB} of the length that this takes, checksum and size
 * follow the data, and the directory ends with the records of ZIP64 however small it is.
 *
 * @see <a href="https://github.com/pytorch/pytorch/blob/main/caffe2/serialize/inline_container.cc">
 *     PyTorchStreamWriter</a>
 */
final class StoredZip {
  private static final int ALIGNMENT = 64;
  private static final int LOCAL_HEADER = 30;
  private static final int EXTRA_HEADER = 4;
  private static final long MAX_32 = 0xffff_ffffL;

  /** Sizes after the data (bit 3), names in UTF-8 (bit 11). */
  private static final short FLAGS = 0x0808;

  private final OutputFile file;
  private final List<Entry> entries = new ArrayList<>();
  private String name = "";
  private long header;
  private long begin;
  private CRC32 checksum = new CRC32();

  /** An entry that is whole. */
  private record Entry(String name, long header, long size, long checksum) {
    boolean large() {
      return size > MAX_32 || header > MAX_32;
    }
  }

  StoredZip(OutputFile file) {
    this.file = file;
  }

  /** Writes a whole entry. */
  void entry(String entryName, byte[] data) {
    begin(entryName);
    append(ByteBuffer.wrap(data));
    end();
  }

  void begin(String entryName) {
    name = entryName;
    header = file.position();
    byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
    long unaligned = header + LOCAL_HEADER + utf8.length + EXTRA_HEADER;
    int padding = (int) Math.floorMod(-unaligned, (long) ALIGNMENT);
    ByteBuffer bytes = buffer(LOCAL_HEADER + utf8.length + EXTRA_HEADER + padding);
    bytes.putInt(0x04034b50).putShort((short) 0).putShort(FLAGS);
    bytes.position(bytes.position() + 18);
    bytes.putShort((short) utf8.length).putShort((short) (EXTRA_HEADER + padding)).put(utf8);
    bytes.put((byte) 'F').put((byte) 'B').putShort((short) padding);
    while (bytes.hasRemaining()) {
      bytes.put((byte) 'Z');
    }
    file.append(bytes.flip());
    begin = file.position();
    checksum = new CRC32();
  }

  void append(ByteBuffer data) {
    checksum.update(data.duplicate());
    file.append(data);
  }

  /** Zeros that need no room on the disk. */
  void appendHole(long length) {
    byte[] zeros = new byte[1 << 16];
    for (long left = length; left > 0; left -= zeros.length) {
      checksum.update(zeros, 0, (int) Math.min(left, zeros.length));
    }
    file.appendHole(length);
  }

  void end() {
    Entry entry = new Entry(name, header, file.position() - begin, checksum.getValue());
    ByteBuffer bytes = buffer(24).putInt(0x08074b50).putInt((int) entry.checksum());
    if (entry.large()) {
      bytes.putLong(entry.size()).putLong(entry.size());
    } else {
      bytes.putInt((int) entry.size()).putInt((int) entry.size());
    }
    file.append(bytes.flip());
    entries.add(entry);
  }

  /** The checksums of all entries so far in one number. */
  long checksums() {
    CRC32 all = new CRC32();
    entries.forEach(entry -> all.update(buffer(8).putLong(entry.checksum()).flip()));
    return all.getValue();
  }

  /** Writes the directory. */
  void finish() {
    long directory = file.position();
    entries.forEach(this::list);
    long end = file.position();
    long size = end - directory;
    ByteBuffer bytes = buffer(56 + 20 + 22);
    bytes.putInt(0x06064b50).putLong(44).putShort((short) 0x031e).putShort((short) 45);
    bytes.putInt(0).putInt(0).putLong(entries.size()).putLong(entries.size());
    bytes.putLong(size).putLong(directory);
    bytes.putInt(0x07064b50).putInt(0).putLong(end).putInt(1);
    short count = (short) Math.min(entries.size(), 0xffff);
    bytes.putInt(0x06054b50).putInt(0).putShort(count).putShort(count);
    bytes.putInt((int) Math.min(size, MAX_32)).putInt((int) Math.min(directory, MAX_32));
    bytes.putShort((short) 0);
    file.append(bytes.flip());
  }

  private void list(Entry entry) {
    int extra = entry.large() ? EXTRA_HEADER + 24 : 0;
    byte[] utf8 = entry.name().getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes = buffer(46 + utf8.length + extra);
    bytes.putInt(0x02014b50).putShort((short) 0).putShort((short) 0).putShort(FLAGS);
    bytes.position(bytes.position() + 6);
    bytes.putInt((int) entry.checksum());
    int size = entry.large() ? -1 : (int) entry.size();
    bytes.putInt(size).putInt(size).putShort((short) utf8.length).putShort((short) extra);
    bytes.position(bytes.position() + 10);
    bytes.putInt(entry.large() ? -1 : (int) entry.header()).put(utf8);
    if (entry.large()) {
      bytes.putShort((short) 1).putShort((short) 24);
      bytes.putLong(entry.size()).putLong(entry.size()).putLong(entry.header());
    }
    file.append(bytes.flip());
  }

  private static ByteBuffer buffer(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }
}
