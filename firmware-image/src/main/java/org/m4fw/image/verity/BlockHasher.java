package org.m4fw.image.verity;

import java.security.DigestException;
import java.security.MessageDigest;
import org.m4fw.base.digest.Digest;

/**
 * Hashes blocks of 4096 bytes into an array, without making objects on the way.
 *
 * <p>Two blocks are hashed in turns of a few bytes: a step of SHA-256 waits for the one before it,
 * but not for those of another block, and within so few bytes the processor sees both. Where it has
 * instructions for SHA-256, that is a fifth faster than one block after the other.
 */
public final class BlockHasher {
  private static final byte[] ZEROS = new byte[TreeShape.BLOCK];
  private static final int PAIR = 2 * TreeShape.BLOCK;

  /** Two steps of SHA-256: of 64, 128, 256 and 512 bytes the shorter two are the best. */
  private static final int TURN = 128;

  private final MessageDigest sha = Digest.sha256();
  private final MessageDigest other = Digest.sha256();

  /**
   * Hashes consecutive blocks; the last one is filled up with zeros.
   *
   * @param hashes gets 32 bytes for each block, from {@code at} on
   */
  public void hash(byte[] data, int length, byte[] hashes, int at) {
    try {
      int to = at;
      int from = 0;
      for (; from + PAIR <= length; from += PAIR) {
        pair(data, from);
        to += sha.digest(hashes, to, TreeShape.HASH);
        to += other.digest(hashes, to, TreeShape.HASH);
      }
      for (; from < length; from += TreeShape.BLOCK) {
        int present = Math.min(TreeShape.BLOCK, length - from);
        sha.update(data, from, present);
        sha.update(ZEROS, 0, TreeShape.BLOCK - present);
        to += sha.digest(hashes, to, TreeShape.HASH);
      }
    } catch (DigestException e) {
      throw new IllegalArgumentException("no room for the hashes", e);
    }
  }

  private void pair(byte[] data, int from) {
    for (int at = from; at < from + TreeShape.BLOCK; at += TURN) {
      sha.update(data, at, TURN);
      other.update(data, at + TreeShape.BLOCK, TURN);
    }
  }
}
