package org.m4fw.host.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Looks at a BMP file's header before it is decoded: the pixels may themselves be a JPEG or PNG
 * file, whose size nobody has checked then.
 *
 * <pre>
 * "BM" u32 size, u32 0, u32 offset   u32 header's size (12 without compression, 40 and more)
 * i32 width, i32 height, u16 1, u16 bits, u32 compression: 0 none, 1 2 runs, 3 bit fields, 4 JPEG, 5 PNG
 * </pre>
 */
final class BmpHeader {
  private static final int SIZE = 14;
  private static final int OLD = 12;
  private static final int COMPRESSION = 30;
  private static final int BIT_FIELDS = 3;

  private BmpHeader() {}

  /** The same file, unless there is another one in it. */
  static byte[] checked(String file, byte[] bytes) {
    ByteBuffer header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    boolean old = bytes.length >= SIZE + OLD && header.getInt(SIZE) == OLD;
    if (!old && bytes.length < COMPRESSION + 4) {
      throw ImageError.DAMAGED.at(file, "", "it ends before the image does");
    }
    if (!old && Integer.compareUnsigned(header.getInt(COMPRESSION), BIT_FIELDS) > 0) {
      throw ImageError.UNSUPPORTED.at(
          file, "", "compression %d".formatted(header.getInt(COMPRESSION)));
    }
    return bytes;
  }
}
