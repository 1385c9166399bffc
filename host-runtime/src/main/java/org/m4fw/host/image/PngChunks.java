package org.m4fw.host.image;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.zip.CRC32;

/**
 * Checks a PNG file's chunks and leaves only those that the pixels depend on, so that the decoder
 * never unpacks texts or profiles, however large they say they are. The format is that of ISO/IEC
 * 15948:
 *
 * <pre>
 * 8 bytes of magic  { u32 length, 4 letters, bytes, u32 CRC of letters and bytes }…  the last is IEND
 * </pre>
 */
final class PngChunks {
  private static final int MAGIC = 8;
  private static final int AROUND = 12;
  private static final int HEADER = 13;
  private static final Set<String> NEEDED = Set.of("IHDR", "PLTE", "tRNS", "IDAT", "IEND");

  private PngChunks() {}

  /**
   * The file without what the pixels do not depend on.
   *
   * @throws org.m4fw.base.problem.ProblemException with an {@link ImageError}
   */
  static byte[] needed(String file, byte[] bytes) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    ByteArrayOutputStream kept = new ByteArrayOutputStream(bytes.length);
    kept.write(bytes, 0, MAGIC);
    int at = MAGIC;
    String name = "";
    while (!name.equals("IEND")) {
      if (bytes.length - at < AROUND) {
        throw ImageError.DAMAGED.at(file, "", "it ends before the image does");
      }
      int length = buffer.getInt(at);
      name = new String(bytes, at + 4, 4, StandardCharsets.ISO_8859_1);
      check(file, name, at, length, buffer);
      if (NEEDED.contains(name)) {
        kept.write(bytes, at, AROUND + length);
      }
      at += AROUND + length;
    }
    return kept.toByteArray();
  }

  private static void check(String file, String name, int at, int length, ByteBuffer buffer) {
    if (length < 0 || length > buffer.limit() - at - AROUND) {
      throw ImageError.DAMAGED.at(
          file, "offset " + at, "a chunk of %s bytes".formatted(Integer.toUnsignedString(length)));
    }
    boolean header = name.equals("IHDR");
    if (header != (at == MAGIC) || (header && length != HEADER)) {
      throw ImageError.DAMAGED.at(file, "offset " + at, "not one header at its start");
    }
    CRC32 checksum = new CRC32();
    checksum.update(buffer.slice(at + 4, 4 + length));
    if ((int) checksum.getValue() != buffer.getInt(at + 8 + length)) {
      throw ImageError.DAMAGED.at(file, "offset " + at, "a chunk with another checksum");
    }
    // A capital first letter says that the image cannot be shown without the chunk.
    if (Character.isUpperCase(name.charAt(0)) && !NEEDED.contains(name)) {
      throw ImageError.UNSUPPORTED.at(file, "offset " + at, "chunks of type " + name);
    }
  }
}
