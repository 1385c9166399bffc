package org.m4fw.checkpoint.gguf;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A GGUF file, version 2 or 3, little-endian:
 *
 * <pre>
 * file   = "GGUF" u32 version, u64 tensors, u64 entries { entry } { tensor } padding { data padding }
 * entry  = string key, u32 type, value
 * tensor = string name, u32 rank, u64 dim…, u32 type, u64 offset    dimensions innermost first
 * array  = u32 type, u64 count, value…                              string = u64 length, bytes
 * </pre>
 *
 * Nothing is visible before all is checked: the tensors must lie one behind the other in the order
 * of the header, each at the next multiple of {@code general.alignment}, as ggml's own reader
 * demands.
 *
 * @param metadata by key
 * @param tensors by name, quantized ones too
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md">the format</a>
 */
public record GgufFile(
    SortedMap<String, GgufValue> metadata, SortedMap<String, GgufTensor> tensors) {
  static final int MAX_TENSORS = 250_000;
  static final int MAX_ENTRIES = 100_000;
  static final int MAX_NAME = 4096;
  static final int MAX_TEXT = 1 << 20;
  private static final int MAX_RANK = 4;
  private static final int MAGIC = 0x46554747;
  private static final String ALIGNMENT = "general.alignment";
  private static final long DEFAULT_ALIGNMENT = 32;
  private static final long MAX_ALIGNMENT = 1 << 20;

  public GgufFile {
    metadata = Collections.unmodifiableSortedMap(metadata);
    tensors = Collections.unmodifiableSortedMap(tensors);
  }

  /**
   * Reads the header and holds it against the file.
   *
   * @param content the whole file
   * @throws org.m4fw.base.problem.ProblemException with a {@link GgufError}
   */
  public static GgufFile read(Path file, MemorySegment content) {
    return new Reading(file, content, new GgufBytes(file, content)).document();
  }

  /** A tensor as the header declares it, its offset relative to the data. */
  private record Declared(String name, GgufType type, List<Long> dims, long offset, long size) {}

  private record Reading(Path file, MemorySegment content, GgufBytes in) {

    GgufFile document() {
      if (in.i32() != MAGIC) {
        throw GgufError.NOT_GGUF.at(file, "");
      }
      int version = in.i32();
      if (version != 2 && version != 3) {
        int swapped = Integer.reverseBytes(version);
        throw swapped == 2 || swapped == 3
            ? GgufError.BIG_ENDIAN.at(file, "")
            : GgufError.VERSION.at(file, "", version);
      }
      long tensors = in.count("", "tensors", MAX_TENSORS);
      long entries = in.count("", "entries of metadata", MAX_ENTRIES);
      SortedMap<String, GgufValue> metadata = new TreeMap<>();
      for (long i = 0; i < entries; i++) {
        String key = in.text("", MAX_NAME);
        if (metadata.put(key, value(key)) != null) {
          throw GgufError.DUPLICATE.at(file, key);
        }
      }
      List<Declared> declared = new ArrayList<>();
      for (long i = 0; i < tensors; i++) {
        declared.add(declared());
      }
      return new GgufFile(metadata, placed(declared, alignment(metadata)));
    }

    private GgufValue value(String key) {
      GgufValueType type = valueType(key);
      return switch (type) {
        case UINT8 -> new GgufValue.Whole(in.i8() & 0xff);
        case INT8 -> new GgufValue.Whole(in.i8());
        case UINT16 -> new GgufValue.Whole(in.i16() & 0xffff);
        case INT16 -> new GgufValue.Whole(in.i16());
        case UINT32 -> new GgufValue.Whole(Integer.toUnsignedLong(in.i32()));
        case INT32 -> new GgufValue.Whole(in.i32());
        case UINT64, INT64 -> new GgufValue.Whole(in.i64());
        case FLOAT32 -> new GgufValue.Real(Float.intBitsToFloat(in.i32()));
        case FLOAT64 -> new GgufValue.Real(Double.longBitsToDouble(in.i64()));
        case STRING -> new GgufValue.Text(in.text(key, MAX_TEXT));
        case BOOL -> {
          int flag = in.i8();
          if (flag != 0 && flag != 1) {
            throw GgufError.FLAG.at(file, key, flag & 0xff);
          }
          yield new GgufValue.Flag(flag == 1);
        }
        case ARRAY -> array(key);
      };
    }

    private GgufValueType valueType(String key) {
      int number = in.i32();
      return GgufValueType.of(number)
          .orElseThrow(() -> GgufError.VALUE_TYPE.at(file, key, Integer.toUnsignedLong(number)));
    }

    private GgufValue array(String key) {
      GgufValueType elements = valueType(key);
      if (elements == GgufValueType.ARRAY) {
        throw GgufError.NESTED_ARRAY.at(file, key);
      }
      long count = in.count(key, "elements in an array", GgufBytes.MAX_HEADER);
      long begin = in.position();
      if (elements == GgufValueType.STRING) {
        for (long i = 0; i < count; i++) {
          in.skip(in.count(key, "bytes in a string", MAX_TEXT));
        }
      } else {
        in.skip(count * elements.bytes());
      }
      return new GgufValue.Array(elements, count, begin);
    }

    private Declared declared() {
      String name = in.text("", MAX_NAME);
      int rank = in.i32();
      if (rank < 0 || rank > MAX_RANK) {
        throw GgufError.RANK.at(file, name, Integer.toUnsignedLong(rank));
      }
      List<Long> dims = new ArrayList<>();
      for (int i = 0; i < rank; i++) {
        dims.addFirst(in.count(name, "elements in a dimension", Long.MAX_VALUE));
      }
      int number = in.i32();
      GgufType type =
          GgufType.of(number)
              .orElseThrow(
                  () -> GgufError.TENSOR_TYPE.at(file, name, Integer.toUnsignedLong(number)));
      return new Declared(name, type, List.copyOf(dims), in.i64(), size(name, type, dims));
    }

    private long size(String name, GgufType type, List<Long> dims) {
      long row = dims.isEmpty() ? 1 : dims.getLast();
      if (row % type.blockElements() != 0) {
        throw GgufError.BLOCK.at(file, name, row, type, type.blockElements());
      }
      try {
        // Whatever the type, the number of elements must fit a long too.
        long elements = dims.stream().reduce(1L, Math::multiplyExact);
        return Math.multiplyExact(elements / type.blockElements(), type.blockBytes());
      } catch (ArithmeticException e) {
        throw GgufError.SHAPE.at(file, name, dims, type);
      }
    }

    private long alignment(SortedMap<String, GgufValue> metadata) {
      GgufValue value = metadata.getOrDefault(ALIGNMENT, new GgufValue.Whole(DEFAULT_ALIGNMENT));
      if (!(value instanceof GgufValue.Whole(long alignment))
          || alignment < 1
          || alignment > MAX_ALIGNMENT
          || Long.bitCount(alignment) != 1) {
        throw GgufError.ALIGNMENT.at(
            file, ALIGNMENT, value instanceof GgufValue.Whole(long wrong) ? wrong : "no integer");
      }
      return alignment;
    }

    private SortedMap<String, GgufTensor> placed(List<Declared> declared, long alignment) {
      SortedMap<String, GgufTensor> tensors = new TreeMap<>();
      long start = aligned(in.position(), alignment);
      long room = content.byteSize() - start;
      long end = 0;
      for (Declared next : declared) {
        long expected = aligned(end, alignment);
        if (next.offset() != expected) {
          throw GgufError.OFFSET.at(file, next.name(), next.offset(), expected);
        }
        if (expected > room || next.size() > room - expected) {
          throw GgufError.DATA_MISSING.at(
              file, next.name(), Math.max(next.size(), expected + next.size()), Math.max(0, room));
        }
        end = expected + next.size();
        GgufTensor tensor =
            new GgufTensor(next.name(), next.type(), next.dims(), start + expected, next.size());
        if (tensors.put(next.name(), tensor) != null) {
          throw GgufError.DUPLICATE.at(file, next.name());
        }
      }
      if (room > aligned(end, alignment)) {
        throw GgufError.DATA_TRAILING.at(file, "", room - end);
      }
      return tensors;
    }

    private static long aligned(long offset, long alignment) {
      return (offset + alignment - 1) & -alignment;
    }
  }
}
