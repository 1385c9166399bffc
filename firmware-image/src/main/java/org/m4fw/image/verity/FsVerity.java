package org.m4fw.image.verity;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.m4fw.base.digest.Digest;

/**
 * The digest that fs-verity gives a file: SHA-256 of a descriptor of 256 bytes, which holds the
 * Merkle root and the size. Source: the Linux kernel's fs-verity documentation, {@code struct
 * fsverity_descriptor}.
 */
public final class FsVerity {
  private static final int DESCRIPTOR = 256;
  private static final byte VERSION = 1;
  private static final byte SHA_256 = 1;
  private static final byte LOG2_BLOCK = 12;

  private FsVerity() {}

  /**
   * The digest of the file whose tree has this root.
   *
   * @param root 32 bytes; zeros for an empty file
   */
  public static Digest digest(byte[] root, long dataLength) {
    ByteBuffer descriptor = ByteBuffer.allocate(DESCRIPTOR).order(ByteOrder.LITTLE_ENDIAN);
    descriptor.put(VERSION).put(SHA_256).put(LOG2_BLOCK).put((byte) 0).putInt(0);
    descriptor.putLong(dataLength).put(root);
    return Digest.of(descriptor.array());
  }

  /**
   * The SHA-256 of each block of 4096 bytes, one after the other; the last block is filled up with
   * zeros.
   */
  public static byte[] blockHashes(byte[] data, int length) {
    int blocks = (length + TreeShape.BLOCK - 1) / TreeShape.BLOCK;
    byte[] hashes = new byte[blocks * TreeShape.HASH];
    new BlockHasher().hash(data, length, hashes, 0);
    return hashes;
  }
}
