package org.m4fw.graph.tflite;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.m4fw.base.problem.ProblemException;

/**
 * A table of a flatbuffer that nobody has checked: every access looks at its bounds first. Source:
 * the FlatBuffers format ("FlatBuffer Internals"): a table begins with the signed distance to its
 * vtable, which says how large it is and where its fields are; offsets are relative to where they
 * are stored.
 */
final class FlatTable {
  private static final ValueLayout.OfShort I16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt I32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong I64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Vectors may overlap, so that a small file could ask for any amount of memory. */
  private static final long MOST_ELEMENTS = 1L << 24;

  private final Source source;
  private final long position;
  private final long vtable;
  private final int vtableSize;
  private final int size;

  /** The bytes, and how much of them may still be read. */
  private static final class Source {
    private final String file;
    private final MemorySegment bytes;
    private long left = MOST_ELEMENTS;

    private Source(String file, MemorySegment bytes) {
      this.file = file;
      this.bytes = bytes;
    }

    private ProblemException malformed(long at, String what) {
      return LiteError.MALFORMED.at(file, "", at, what);
    }

    private void require(long at, long size) {
      if (at < 0 || size < 0 || at > bytes.byteSize() - size) {
        throw malformed(at, "it ends before %s bytes that should be there".formatted(size));
      }
    }

    private long unsigned(long at) {
      require(at, 4);
      return Integer.toUnsignedLong(bytes.get(I32, at));
    }

    private void spend(long at, long elements) {
      left -= elements;
      if (left < 0) {
        throw malformed(at, "it refers to more than %s elements".formatted(MOST_ELEMENTS));
      }
    }
  }

  private FlatTable(Source source, long position) {
    this.source = source;
    this.position = position;
    source.spend(position, 1);
    source.require(position, 4);
    this.vtable = position - source.bytes.get(I32, position);
    source.require(vtable, 4);
    this.vtableSize = Short.toUnsignedInt(source.bytes.get(I16, vtable));
    this.size = Short.toUnsignedInt(source.bytes.get(I16, vtable + 2));
    if (vtableSize < 4 || vtableSize % 2 != 0 || size < 4) {
      throw source.malformed(vtable, "no table of fields");
    }
    source.require(vtable, vtableSize);
    source.require(position, size);
  }

  /**
   * The root table of a file.
   *
   * @throws ProblemException with {@link LiteError#MALFORMED}
   */
  static FlatTable root(String file, MemorySegment bytes, String identifier) {
    Source source = new Source(file, bytes);
    source.require(0, 8);
    byte[] found = bytes.asSlice(4, 4).toArray(ValueLayout.JAVA_BYTE);
    if (!new String(found, StandardCharsets.ISO_8859_1).equals(identifier)) {
      throw source.malformed(4, "the identifier is not " + identifier);
    }
    return new FlatTable(source, source.unsigned(0));
  }

  /** Where a field is; empty if it is left out. */
  private Optional<Long> field(int slot, int bytes) {
    int entry = 4 + 2 * slot;
    int offset =
        entry + 2 > vtableSize ? 0 : Short.toUnsignedInt(source.bytes.get(I16, vtable + entry));
    if (offset == 0) {
      return Optional.empty();
    }
    if (offset < 4 || offset > size - bytes) {
      throw source.malformed(vtable + entry, "a field lies outside its table");
    }
    return Optional.of(position + offset);
  }

  int byteAt(int slot) {
    return field(slot, 1).map(at -> (int) source.bytes.get(ValueLayout.JAVA_BYTE, at)).orElse(0);
  }

  int intAt(int slot, int otherwise) {
    return field(slot, 4).map(at -> source.bytes.get(I32, at)).orElse(otherwise);
  }

  long longAt(int slot) {
    return field(slot, 8).map(at -> source.bytes.get(I64, at)).orElse(0L);
  }

  private Optional<Long> target(int slot) {
    return field(slot, 4).map(at -> at + source.unsigned(at));
  }

  Optional<FlatTable> table(int slot) {
    return target(slot).map(at -> new FlatTable(source, at));
  }

  List<FlatTable> tables(int slot) {
    List<FlatTable> tables = new ArrayList<>();
    Vector vector = vector(slot, 4);
    for (long i = 0; i < vector.count(); i++) {
      long at = vector.start() + 4 * i;
      tables.add(new FlatTable(source, at + source.unsigned(at)));
    }
    return tables;
  }

  private record Vector(long start, long count) {}

  private Vector vector(int slot, int elementBytes) {
    Optional<Long> at = target(slot);
    if (at.isEmpty()) {
      return new Vector(0, 0);
    }
    long count = source.unsigned(at.get());
    source.require(at.get() + 4, count * elementBytes);
    if (elementBytes > 1) {
      source.spend(at.get(), count);
    }
    return new Vector(at.get() + 4, count);
  }

  List<Integer> ints(int slot) {
    return list(slot, 4, at -> source.bytes.get(I32, at));
  }

  List<Float> floats(int slot) {
    return list(slot, 4, at -> Float.intBitsToFloat(source.bytes.get(I32, at)));
  }

  List<Long> longs(int slot) {
    return list(slot, 8, at -> source.bytes.get(I64, at));
  }

  private interface Element<T> {
    T at(long position);
  }

  private <T> List<T> list(int slot, int bytes, Element<T> element) {
    Vector vector = vector(slot, bytes);
    List<T> values = new ArrayList<>();
    for (long i = 0; i < vector.count(); i++) {
      values.add(element.at(vector.start() + bytes * i));
    }
    return values;
  }

  /** Where a vector of bytes lies. */
  Content.Within bytes(int slot) {
    Vector vector = vector(slot, 1);
    return new Content.Within(vector.start(), vector.count());
  }

  String text(int slot) {
    Vector vector = vector(slot, 1);
    source.spend(vector.start(), vector.count());
    return new String(
        source.bytes.asSlice(vector.start(), vector.count()).toArray(ValueLayout.JAVA_BYTE),
        StandardCharsets.UTF_8);
  }

  ProblemException malformed(String what) {
    return source.malformed(position, what);
  }
}
