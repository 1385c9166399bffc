package org.m4fw.image.verity;

import java.security.DigestException;
import java.security.MessageDigest;
import org.m4fw.base.digest.Digest;

/** Hashes blocks of 4096 bytes into an array, without making objects on the way. */
public final class BlockHasher {
  private static final byte[] ZEROS = new byte[TreeShape.BLOCK];

  private final MessageDigest sha = Digest.sha256();

  /**
   * Hashes consecutive blocks; the last one is filled up with zeros.
   *
   * @param hashes gets 32 bytes for each block, from {@code at} on
   */
  public void hash(byte[] data, int length, byte[] hashes, int at) {
    try {
      int to = at;
      for (int from = 0; from < length; from += TreeShape.BLOCK) {
        int present = Math.min(TreeShape.BLOCK, length - from);
        sha.update(data, from, present);
        if (present < TreeShape.BLOCK) {
          sha.update(ZEROS, 0, TreeShape.BLOCK - present);
        }
        to += sha.digest(hashes, to, TreeShape.HASH);
      }
    } catch (DigestException e) {
      throw new IllegalArgumentException("no room for the hashes", e);
    }
  }
}
