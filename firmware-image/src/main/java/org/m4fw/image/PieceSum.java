package org.m4fw.image;

import java.util.zip.CRC32;
import org.m4fw.image.verity.BlockHasher;
import org.m4fw.image.verity.TreeShape;

/**
 * What is wanted to be known of a piece of a section: its CRC and the hashes of its blocks. The
 * bytes pass in small steps through a buffer that the processor's first cache holds, one for each
 * thread.
 */
final class PieceSum {
  /** Two blocks, as {@link BlockHasher} takes them. */
  private static final int STEP = 2 * TreeShape.BLOCK;

  private static final ThreadLocal<byte[]> BUFFER = ThreadLocal.withInitial(() -> new byte[STEP]);

  private final int crc;
  private final byte[] hashes;
  private final int length;

  private PieceSum(int crc, byte[] hashes, int length) {
    this.crc = crc;
    this.hashes = hashes;
    this.length = length;
  }

  /** Gets the bytes of a piece, step by step; they are overwritten afterwards. */
  interface Step {
    /**
     * Takes some bytes.
     *
     * @param at in the piece
     */
    void take(int at, byte[] buffer, int length);
  }

  /** Sums a piece; {@code also} gets the very bytes that were summed. */
  static PieceSum of(SectionData data, int piece, Step also) {
    int length = data.lengthOf(piece);
    byte[] hashes = hashes(length);
    byte[] buffer = BUFFER.get();
    CRC32 crc = new CRC32();
    BlockHasher hasher = new BlockHasher();
    for (int at = 0; at < length; at += STEP) {
      int count = Math.min(STEP, length - at);
      data.read(SectionData.offsetOf(piece) + at, buffer, count);
      crc.update(buffer, 0, count);
      hasher.hash(buffer, count, hashes, at / TreeShape.BLOCK * TreeShape.HASH);
      also.take(at, buffer, count);
    }
    return new PieceSum((int) crc.getValue(), hashes, length);
  }

  /** Sums a piece that lies in memory. */
  static PieceSum of(byte[] bytes, int length) {
    byte[] hashes = hashes(length);
    new BlockHasher().hash(bytes, length, hashes, 0);
    CRC32 crc = new CRC32();
    crc.update(bytes, 0, length);
    return new PieceSum((int) crc.getValue(), hashes, length);
  }

  private static byte[] hashes(int length) {
    return new byte[(length + TreeShape.BLOCK - 1) / TreeShape.BLOCK * TreeShape.HASH];
  }

  int crc() {
    return crc;
  }

  byte[] hashes() {
    return hashes;
  }

  /** In bytes. */
  int length() {
    return length;
  }
}
