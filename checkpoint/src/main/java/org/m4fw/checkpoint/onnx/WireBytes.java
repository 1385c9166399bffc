package org.m4fw.checkpoint.onnx;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import org.m4fw.base.problem.ProblemException;

/**
 * Reads one message of Protocol Buffers' wire format from the front, within its bounds.
 *
 * @see <a href="https://protobuf.dev/programming-guides/encoding/">the format</a>
 */
final class WireBytes {
  static final int VARINT = 0;
  static final int FIXED64 = 1;
  static final int BYTES = 2;
  static final int FIXED32 = 5;

  private static final int MAX_TEXT = 4096;

  private final Path file;
  private final MemorySegment content;
  private final long end;
  private long at;
  private int wireType;

  private WireBytes(Path file, MemorySegment content, long from, long end) {
    this.file = file;
    this.content = content;
    this.at = from;
    this.end = end;
  }

  static WireBytes of(Path file, MemorySegment content) {
    return new WireBytes(file, content, 0, content.byteSize());
  }

  boolean hasMore() {
    return at < end;
  }

  long position() {
    return at;
  }

  long remaining() {
    return end - at;
  }

  ProblemException problem(OnnxFileError error, Object... arguments) {
    return error.at(file, "byte " + at, arguments);
  }

  /** The number of the next field; its value has to be read or skipped next. */
  int field() {
    long tag = varint();
    wireType = (int) (tag & 7);
    long number = tag >>> 3;
    if (number == 0 || number >= 1 << 29) {
      throw problem(OnnxFileError.MALFORMED, "field number " + number + " is none");
    }
    return (int) number;
  }

  /** Requires that the field that was read last is stored in this way. */
  WireBytes require(int wanted) {
    if (wireType != wanted) {
      throw problem(
          OnnxFileError.MALFORMED,
          "a field of wire type %s, expected %s".formatted(wireType, wanted));
    }
    return this;
  }

  boolean isBytes() {
    return wireType == BYTES;
  }

  long varint() {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      byte next = content.get(ValueLayout.JAVA_BYTE, take(1));
      value |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw problem(OnnxFileError.MALFORMED, "an integer of more than 10 bytes");
  }

  /** The message or bytes of a length-delimited field. */
  WireBytes message() {
    require(BYTES);
    long length = varint();
    long from = take(length);
    return new WireBytes(file, content, from, from + length);
  }

  /** UTF-8, of the length of a name. */
  String text() {
    WireBytes bytes = message();
    if (bytes.remaining() > MAX_TEXT) {
      throw problem(OnnxFileError.LIMIT, MAX_TEXT, "bytes in a name");
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes.copy())).toString();
    } catch (CharacterCodingException e) {
      throw problem(OnnxFileError.MALFORMED, "a name that is not UTF-8");
    }
  }

  void skip() {
    switch (wireType) {
      case VARINT -> varint();
      case FIXED64 -> take(8);
      case BYTES -> take(varint());
      case FIXED32 -> take(4);
      default ->
          throw problem(OnnxFileError.MALFORMED, "a field of wire type %s".formatted(wireType));
    }
  }

  /** What is left of the message; the caller knows that it is small. */
  byte[] copy() {
    return content.asSlice(at, remaining()).toArray(ValueLayout.JAVA_BYTE);
  }

  /** The bytes from an earlier position to here. */
  byte[] since(long start) {
    Objects.checkFromToIndex(start, at, end);
    return content.asSlice(start, at - start).toArray(ValueLayout.JAVA_BYTE);
  }

  private long take(long count) {
    if (count < 0 || count > end - at) {
      throw problem(OnnxFileError.END, count, end - at);
    }
    long from = at;
    at += count;
    return from;
  }
}
