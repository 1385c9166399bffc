package org.m4fw.host.image;

/**
 * Looks at a JPEG file's markers (ITU-T T.81, B.1.1.2) before it is decoded. Within compressed data
 * a byte 0xFF is followed by 0x00 or by a restart marker, so that markers can be found without
 * decoding.
 */
final class JpegScans {
  private static final int START_OF_SCAN = 0xDA;
  private static final int END_OF_IMAGE = 0xD9;

  private JpegScans() {}

  /**
   * The same file, unless it ends within its image, which the decoder would fill with grey, or has
   * scans that would take forever.
   */
  static byte[] checked(String file, byte[] bytes, int mostScans) {
    int scans = 0;
    boolean open = true;
    for (int i = 0; i + 1 < bytes.length; i++) {
      if (bytes[i] != (byte) 0xFF) {
        continue;
      }
      int marker = bytes[i + 1] & 0xFF;
      if (marker == START_OF_SCAN) {
        scans++;
        open = true;
      } else if (marker == END_OF_IMAGE) {
        open = false;
      }
    }
    if (open) {
      throw ImageError.DAMAGED.at(file, "", "it ends before the image does");
    }
    if (scans > mostScans) {
      throw ImageError.TOO_LARGE.at(file, "", scans + " scans", mostScans + " scans");
    }
    return bytes;
  }
}
