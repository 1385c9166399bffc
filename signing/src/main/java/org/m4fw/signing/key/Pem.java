package org.m4fw.signing.key;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import org.m4fw.base.file.FileError;

/**
 * RFC 7468 text around DER: one block, nothing before or after it. Bytes that may be private are
 * wiped and never become a string.
 */
final class Pem {
  /** An ML-DSA-65 public key has 2.7 KB; nothing here is larger. */
  static final int MAX_BYTES = 16 << 10;

  private Pem() {}

  static byte[] encode(String label, byte[] der) {
    byte[] body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encode(der);
    byte[] head = ascii("-----BEGIN %s-----\n".formatted(label));
    byte[] tail = ascii("\n-----END %s-----\n".formatted(label));
    byte[] pem = Arrays.copyOf(head, head.length + body.length + tail.length);
    System.arraycopy(body, 0, pem, head.length, body.length);
    System.arraycopy(tail, 0, pem, head.length + body.length, tail.length);
    Arrays.fill(body, (byte) 0);
    return pem;
  }

  /** The bytes of a whole file; the caller wipes them. */
  static byte[] read(Path file) {
    try {
      if (!Files.exists(file)) {
        throw FileError.NOT_FOUND.at(file, "");
      }
      if (!Files.isRegularFile(file)) {
        throw FileError.NOT_A_REGULAR_FILE.at(file, "");
      }
      long size = Files.size(file);
      if (size > MAX_BYTES) {
        throw KeyError.TOO_LARGE.at(file, "", size, MAX_BYTES);
      }
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw FileError.UNREADABLE.at(file, "", FileError.reason(e));
    }
  }

  static boolean hasLabel(String label, byte[] pem) {
    byte[] head = ascii("-----BEGIN %s-----".formatted(label));
    return pem.length > head.length && Arrays.equals(head, 0, head.length, pem, 0, head.length);
  }

  /**
   * The DER of the block; the caller wipes it.
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link KeyError#NOT_PEM}
   */
  static byte[] decode(Path file, String label, byte[] pem) {
    byte[] head = ascii("-----BEGIN %s-----".formatted(label));
    byte[] tail = ascii("-----END %s-----".formatted(label));
    int end = pem.length;
    while (end > 0 && isLineEnd(pem[end - 1])) {
      end--;
    }
    int bodyEnd = end - tail.length;
    if (bodyEnd <= head.length
        || !hasLabel(label, pem)
        || !Arrays.equals(tail, 0, tail.length, pem, bodyEnd, end)
        || !isLineEnd(pem[bodyEnd - 1])) {
      throw KeyError.NOT_PEM.at(file, "", label);
    }
    byte[] body = new byte[bodyEnd - head.length];
    int length = 0;
    for (int i = head.length; i < bodyEnd; i++) {
      if (!isLineEnd(pem[i])) {
        body[length++] = pem[i];
      }
    }
    byte[] base64 = Arrays.copyOf(body, length);
    try {
      return Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      // Not its message: that quotes characters of the file.
      throw KeyError.NOT_PEM.at(file, "", label);
    } finally {
      Arrays.fill(body, (byte) 0);
      Arrays.fill(base64, (byte) 0);
    }
  }

  private static boolean isLineEnd(byte b) {
    return b == '\n' || b == '\r';
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
