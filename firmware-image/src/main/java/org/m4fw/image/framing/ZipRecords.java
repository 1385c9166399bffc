package org.m4fw.image.framing;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The ZIP records, in the one form that the format allows (little-endian):
 *
 * <pre>
 * local file header   u32 04034b50, u16 version 45, u16 flags 0800, u16 method 0, u16 time 0, u16 date 0021,
 *                     u32 crc, u32 ffffffff, u32 ffffffff, u16 name length, u16 extra length, name,
 *                     extra: u16 0001, u16 16, u64 size, u64 size, u16 d935, u16 n, n zero bytes
 * central record      u32 02014b50, u16 45, u16 45, u16 0800, u16 0, u16 0, u16 0021, u32 crc, u32 ffffffff,
 *                     u32 ffffffff, u16 name length, u16 28, u16 0, u16 0, u16 0, u32 0, u32 ffffffff, name,
 *                     extra: u16 0001, u16 24, u64 size, u64 size, u64 offset of the local header
 * ZIP64 end           u32 06064b50, u64 44, u16 45, u16 45, u32 0, u32 0, u64 entries, u64 entries,
 *                     u64 directory length, u64 directory offset
 * ZIP64 locator       u32 07064b50, u32 0, u64 offset of the ZIP64 end, u32 1
 * end                 u32 06054b50, u16 0, u16 0, u16 ffff, u16 ffff, u32 ffffffff, u32 ffffffff, u16 0
 * </pre>
 *
 * <p>{@code n} is what aligns the content; d935 is the padding field of Android's zipalign. Source:
 * PKWARE APPNOTE 6.3.10, sections 4.3 and 4.5.3.
 */
public final class ZipRecords {
  static final int LOCAL_HEADER = 30;

  /** The ZIP64 field and the padding field's own header. */
  static final int LOCAL_EXTRA = 24;

  static final int CENTRAL_HEADER = 46;
  static final int CENTRAL_EXTRA = 28;

  /** ZIP64 end, locator and end. */
  static final int END_RECORDS = 56 + 20 + 22;

  /** Where the CRC is in a local header. */
  public static final int LOCAL_CRC = 14;

  /** Where the CRC is in a central record. */
  public static final int CENTRAL_CRC = 16;

  private static final short VERSION = 45;
  private static final short FLAGS = 0x0800;
  private static final short DATE = 0x0021;
  private static final int ELSEWHERE = 0xffffffff;
  private static final short ZIP64_FIELD = 0x0001;
  private static final short PADDING_FIELD = (short) 0xd935;

  private ZipRecords() {}

  /** All bytes from the entry's header to its content. */
  public static byte[] local(Entry entry, int crc) {
    byte[] name = Entry.encode(entry.name());
    byte[] bytes = new byte[Math.toIntExact(entry.contentOffset() - entry.headerOffset())];
    int extra = bytes.length - LOCAL_HEADER - name.length;
    ByteBuffer out = littleEndian(bytes);
    out.putInt(0x04034b50).putShort(VERSION);
    common(out, crc, name.length, extra);
    out.put(name);
    out.putShort(ZIP64_FIELD).putShort((short) 16);
    out.putLong(entry.length()).putLong(entry.length());
    out.putShort(PADDING_FIELD).putShort((short) (extra - LOCAL_EXTRA));
    return bytes;
  }

  public static byte[] central(Entry entry, int crc) {
    byte[] name = Entry.encode(entry.name());
    byte[] bytes = new byte[centralLength(entry)];
    ByteBuffer out = littleEndian(bytes);
    out.putInt(0x02014b50).putShort(VERSION).putShort(VERSION);
    common(out, crc, name.length, CENTRAL_EXTRA);
    out.putShort((short) 0).putShort((short) 0).putShort((short) 0).putInt(0).putInt(ELSEWHERE);
    out.put(name);
    out.putShort(ZIP64_FIELD).putShort((short) 24);
    out.putLong(entry.length()).putLong(entry.length()).putLong(entry.headerOffset());
    return bytes;
  }

  /** The three records that end the file. */
  public static byte[] end(long directoryOffset, long directoryLength, long entries) {
    byte[] bytes = new byte[END_RECORDS];
    ByteBuffer out = littleEndian(bytes);
    out.putInt(0x06064b50).putLong(44).putShort(VERSION).putShort(VERSION).putInt(0).putInt(0);
    out.putLong(entries).putLong(entries).putLong(directoryLength).putLong(directoryOffset);
    out.putInt(0x07064b50).putInt(0).putLong(directoryOffset + directoryLength).putInt(1);
    out.putInt(0x06054b50).putShort((short) 0).putShort((short) 0);
    out.putShort((short) 0xffff).putShort((short) 0xffff).putInt(ELSEWHERE).putInt(ELSEWHERE);
    return bytes;
  }

  /** The length of an entry's central record, in bytes. */
  public static int centralLength(Entry entry) {
    return CENTRAL_HEADER + Entry.encode(entry.name()).length + CENTRAL_EXTRA;
  }

  private static void common(ByteBuffer out, int crc, int nameLength, int extraLength) {
    out.putShort(FLAGS).putShort((short) 0).putShort((short) 0).putShort(DATE);
    out.putInt(crc).putInt(ELSEWHERE).putInt(ELSEWHERE);
    out.putShort((short) nameLength).putShort((short) extraLength);
  }

  private static ByteBuffer littleEndian(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
