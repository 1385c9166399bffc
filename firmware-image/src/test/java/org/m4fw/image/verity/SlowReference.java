package org.m4fw.image.verity;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import org.m4fw.base.digest.Digest;

/** fs-verity once more, in the plainest way and with all in memory. */
final class SlowReference {
  private SlowReference() {}

  static Digest digest(byte[] data) {
    byte[] level = data;
    while (level.length > 4096) {
      level = hashes(level);
    }
    byte[] root = data.length == 0 ? new byte[32] : hashes(level);
    byte[] descriptor = new byte[256];
    descriptor[0] = 1;
    descriptor[1] = 1;
    descriptor[2] = 12;
    for (int i = 0; i < 8; i++) {
      descriptor[8 + i] = (byte) ((long) data.length >> (8 * i));
    }
    System.arraycopy(root, 0, descriptor, 16, 32);
    return Digest.of(descriptor);
  }

  /** Root level first. */
  static byte[] tree(byte[] data) {
    byte[] tree = new byte[0];
    byte[] level = data;
    while (level.length > 4096) {
      level = padded(hashes(level));
      ByteArrayOutputStream joined = new ByteArrayOutputStream();
      joined.writeBytes(level);
      joined.writeBytes(tree);
      tree = joined.toByteArray();
    }
    return tree;
  }

  private static byte[] hashes(byte[] data) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] whole = padded(data);
    for (int at = 0; at < whole.length; at += 4096) {
      out.writeBytes(Digest.sha256().digest(Arrays.copyOfRange(whole, at, at + 4096)));
    }
    return out.toByteArray();
  }

  private static byte[] padded(byte[] data) {
    return Arrays.copyOf(data, (data.length + 4095) / 4096 * 4096);
  }
}
