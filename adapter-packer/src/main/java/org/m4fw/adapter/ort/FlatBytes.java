package org.m4fw.adapter.ort;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;
import org.m4fw.base.problem.ProblemException;

/**
 * A FlatBuffer that may be hostile: every offset is checked before it is followed. Positions are
 * from the start of the buffer, in bytes.
 */
final class FlatBytes {
  private static final ValueLayout.OfInt I32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort I16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong I64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final int MAX_STRING = 4096;

  private final String file;
  private final MemorySegment bytes;

  FlatBytes(String file, MemorySegment bytes) {
    this.file = file;
    this.bytes = bytes;
  }

  long size() {
    return bytes.byteSize();
  }

  int int32(long at) {
    require(at, 4);
    return bytes.get(I32, at);
  }

  long int64(long at) {
    require(at, 8);
    return bytes.get(I64, at);
  }

  /** Where the forward offset at a position leads. */
  long follow(long at) {
    long target = at + Integer.toUnsignedLong(int32(at));
    require(target, 4);
    return target;
  }

  /** The position of a field of a table; empty if the table leaves it out. */
  OptionalLong field(long table, int slot, int width) {
    long vtable = table - int32(table);
    int vtableSize = uint16(vtable);
    int tableSize = uint16(vtable + 2);
    require(vtable, vtableSize);
    require(table, tableSize);
    int entry = 4 + 2 * slot;
    int offset = entry + 2 <= vtableSize ? uint16(vtable + entry) : 0;
    if (offset == 0) {
      return OptionalLong.empty();
    }
    if (offset < 4 || offset + width > tableSize) {
      throw damaged("a field lies outside its table", vtable + entry);
    }
    return OptionalLong.of(table + offset);
  }

  /** A field that has to be there. */
  long required(long table, int slot, int width) {
    return field(table, slot, width).orElseThrow(() -> damaged("a field is missing", table));
  }

  /** The number of elements of the vector that an offset leads to, all of them in bounds. */
  int count(long vector, int width) {
    int count = int32(vector);
    if (count < 0) {
      throw damaged("a list is too long", vector);
    }
    require(vector + 4, (long) count * width);
    return count;
  }

  String string(long vector) {
    int count = count(vector, 1);
    if (count > MAX_STRING) {
      throw damaged("a name is too long", vector);
    }
    require(vector + 4 + count, 1);
    if (bytes.get(ValueLayout.JAVA_BYTE, vector + 4 + count) != 0) {
      throw damaged("a name does not end with zero", vector);
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(slice(vector + 4, count).asByteBuffer())
          .toString();
    } catch (CharacterCodingException e) {
      throw damaged("a name is not UTF-8", vector);
    }
  }

  MemorySegment slice(long at, long length) {
    require(at, length);
    return bytes.asSlice(at, length);
  }

  ProblemException damaged(String what, long at) {
    return OnnxAdapterError.DAMAGED.at(file, "", what, at);
  }

  private int uint16(long at) {
    require(at, 2);
    return Short.toUnsignedInt(bytes.get(I16, at));
  }

  private void require(long at, long length) {
    if (at < 0 || length < 0 || at > size() - length) {
      throw damaged("it points outside the file", at);
    }
  }
}
