package org.m4fw.cli.hub;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.m4fw.base.digest.Digest;

/** What a hub says of a file's content. */
sealed interface ContentDigest {
  /** Lower-case hexadecimal digits. */
  String hex();

  /** A digest under way, for content of that many bytes. */
  MessageDigest begin(long size);

  /** Large files: the SHA-256 of the content. */
  record Sha256(String hex) implements ContentDigest {
    @Override
    public MessageDigest begin(long size) {
      return Digest.sha256();
    }
  }

  /**
   * Small files, which are in git itself: the SHA-1 of {@code blob SIZE\0} and the content. Good
   * against damage, not against somebody who can make collisions; the hub has nothing better.
   */
  record GitBlob(String hex) implements ContentDigest {
    @Override
    public MessageDigest begin(long size) {
      try {
        MessageDigest digest = MessageDigest.getInstance("SHA-1");
        digest.update(("blob " + size + "\0").getBytes(StandardCharsets.US_ASCII));
        return digest;
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  default boolean matches(byte[] digest) {
    return HexFormat.of().formatHex(digest).equals(hex());
  }
}
