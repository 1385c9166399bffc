package org.m4fw.checkpoint.torch;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.m4fw.base.problem.ProblemException;

/** Reads the arguments of pickle opcodes from a mapped file, and knows where it is. */
final class PickleBytes {
  /** Longer strings than any name of a tensor or line of training arguments. */
  static final int MAX_TEXT = 1 << 20;

  /** What LONG1 can hold. */
  static final int MAX_INTEGER = 255;

  /** Module or name of a global. */
  private static final int MAX_NAME = 1024;

  private static final ValueLayout.OfInt U32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong U64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Path file;
  private final String document;
  private final MemorySegment bytes;
  private long at;

  /**
   * Starts in front of a pickle.
   *
   * @param document what holds the pickle, for messages, which add the position
   */
  PickleBytes(Path file, String document, MemorySegment bytes, long at) {
    this.file = file;
    this.document = document;
    this.bytes = bytes;
    this.at = at;
  }

  long position() {
    return at;
  }

  long remaining() {
    return bytes.byteSize() - at;
  }

  /** A problem at the current position. */
  ProblemException problem(TorchError error, Object... arguments) {
    return error.at(file, "%s, byte %s".formatted(document, at), arguments);
  }

  int u8() {
    return bytes.get(ValueLayout.JAVA_BYTE, take(1)) & 0xff;
  }

  int u16() {
    return u8() | u8() << 8;
  }

  int i32() {
    return bytes.get(U32, take(4));
  }

  long u32() {
    return Integer.toUnsignedLong(i32());
  }

  /** Beyond 2^63 it is negative. */
  long u64() {
    return bytes.get(U64, take(8));
  }

  /** Passes over bytes that nobody needs. */
  void skip(long count) {
    take(count);
  }

  /** Two's complement, little-endian. */
  BigInteger integer(long length) {
    if (length < 0 || length > MAX_INTEGER) {
      throw problem(TorchError.PICKLE_LIMIT, MAX_INTEGER, "bytes in an integer");
    }
    byte[] little = array(length);
    byte[] big = new byte[little.length + 1];
    for (int i = 0; i < little.length; i++) {
      big[big.length - 1 - i] = little[i];
    }
    big[0] = (byte) (little.length > 0 && little[little.length - 1] < 0 ? -1 : 0);
    return new BigInteger(big);
  }

  /** UTF-8 of this many bytes. */
  String text(long length) {
    if (length < 0 || length > MAX_TEXT) {
      throw problem(TorchError.PICKLE_LIMIT, MAX_TEXT, "bytes in a string");
    }
    byte[] content = array(length);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString();
    } catch (CharacterCodingException e) {
      throw problem(TorchError.PICKLE_TEXT);
    }
  }

  /** Up to the end of the line, which is passed. */
  String line() {
    int length = 0;
    while (length < remaining() && bytes.get(ValueLayout.JAVA_BYTE, at + length) != '\n') {
      if (++length > MAX_NAME) {
        throw problem(TorchError.PICKLE_LIMIT, MAX_NAME, "bytes in a name");
      }
    }
    String line = text(length);
    skip(1);
    return line;
  }

  private byte[] array(long length) {
    return bytes.asSlice(take(length), length).toArray(ValueLayout.JAVA_BYTE);
  }

  private long take(long count) {
    if (count < 0 || count > remaining()) {
      throw problem(TorchError.PICKLE_END);
    }
    long from = at;
    at += count;
    return from;
  }
}
