package org.m4fw.image.framing;

import java.nio.charset.StandardCharsets;

/**
 * One ZIP entry and its place in the file.
 *
 * @param headerOffset of its local file header
 * @param contentOffset of its first byte; the header's padding reaches up to here
 * @param length of its content in bytes
 */
public record Entry(String name, long headerOffset, long contentOffset, long length) {

  /** The entry whose header begins at {@code headerOffset}, its content aligned. */
  static Entry place(String name, long headerOffset, long alignment, long length) {
    long smallest =
        Math.addExact(
            headerOffset,
            (long) ZipRecords.LOCAL_HEADER + ZipRecords.LOCAL_EXTRA + encode(name).length);
    long content = Math.addExact(smallest, Math.floorMod(-smallest, alignment));
    return new Entry(name, headerOffset, content, length);
  }

  static byte[] encode(String name) {
    return name.getBytes(StandardCharsets.US_ASCII);
  }

  /** The first byte after the content. */
  public long end() {
    return Math.addExact(contentOffset, length);
  }
}
