package org.m4fw.base.digest;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;

/**
 * A SHA-256 digest.
 *
 * @param hex 64 lower-case hexadecimal digits
 */
public record Digest(String hex) implements Comparable<Digest> {
  /** Of a digest. */
  public static final int BYTES = 32;

  private static final String PREFIX = "sha256:";
  private static final long CHUNK = 8 << 20;

  public Digest {
    if (!hex.matches("[0-9a-f]{64}")) {
      throw new IllegalArgumentException("not a SHA-256 digest: " + hex);
    }
  }

  public static Digest of(byte[] bytes) {
    return ofBytes(sha256().digest(bytes));
  }

  public static Digest of(MemorySegment bytes) {
    MessageDigest sha = sha256();
    update(sha, bytes);
    return ofBytes(sha.digest());
  }

  /** The digest whose 32 bytes these are. */
  public static Digest ofBytes(byte[] digest) {
    return new Digest(HexFormat.of().formatHex(digest));
  }

  /** Reads {@code sha256:<hex>}; throws {@link IllegalArgumentException} for anything else. */
  public static Digest parse(String text) {
    if (!text.startsWith(PREFIX)) {
      throw new IllegalArgumentException("not a SHA-256 digest: " + text);
    }
    return new Digest(text.substring(PREFIX.length()));
  }

  public static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new LinkageError("every JDK has SHA-256", e);
    }
  }

  /** Feeds a segment of any size to a running digest. */
  public static void update(MessageDigest digest, MemorySegment bytes) {
    for (long at = 0; at < bytes.byteSize(); at += CHUNK) {
      ByteBuffer chunk = bytes.asSlice(at, Math.min(CHUNK, bytes.byteSize() - at)).asByteBuffer();
      digest.update(chunk);
    }
  }

  public byte[] bytes() {
    return HexFormat.of().parseHex(hex);
  }

  @Override
  public int compareTo(Digest other) {
    return hex.compareTo(other.hex);
  }

  /** {@code sha256:<hex>}. */
  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%s%s", PREFIX, hex);
  }
}
