package org.m4fw.checkpoint.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.m4fw.base.problem.ProblemException;

/** Reads the header of a GGUF file from the front, within its bounds. */
final class GgufBytes {
  /** Several times the largest vocabulary; a longer header is read no further. */
  static final long MAX_HEADER = 64 << 20;

  private static final ValueLayout.OfShort U16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt U32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong U64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Path file;
  private final MemorySegment bytes;
  private long at;

  GgufBytes(Path file, MemorySegment content) {
    this.file = file;
    this.bytes = content.asSlice(0, Math.min(content.byteSize(), MAX_HEADER));
  }

  long position() {
    return at;
  }

  ProblemException problem(GgufError error, String item, Object... arguments) {
    return error.at(file, item.isEmpty() ? "byte " + at : item, arguments);
  }

  int i8() {
    return bytes.get(ValueLayout.JAVA_BYTE, take(1));
  }

  int i16() {
    return bytes.get(U16, take(2));
  }

  int i32() {
    return bytes.get(U32, take(4));
  }

  /** Beyond 2^63 it is negative. */
  long i64() {
    return bytes.get(U64, take(8));
  }

  /** A u64 that counts something. */
  long count(String item, String what, long limit) {
    long count = i64();
    if (count < 0 || count > limit) {
      throw problem(GgufError.LIMIT, item, Long.toUnsignedString(count) + " " + what, limit);
    }
    return count;
  }

  /** A u64 length and as many bytes of UTF-8. */
  String text(String item, int limit) {
    long length = count(item, "bytes in a string", limit);
    long from = take(length);
    byte[] content = bytes.asSlice(from, length).toArray(ValueLayout.JAVA_BYTE);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString();
    } catch (CharacterCodingException e) {
      throw problem(GgufError.TEXT, item);
    }
  }

  void skip(long count) {
    take(count);
  }

  private long take(long count) {
    if (count < 0 || count > bytes.byteSize() - at) {
      throw problem(GgufError.END, "", count, bytes.byteSize() - at);
    }
    long from = at;
    at += count;
    return from;
  }
}
