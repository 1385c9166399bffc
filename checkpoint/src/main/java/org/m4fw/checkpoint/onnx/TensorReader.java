package org.m4fw.checkpoint.onnx;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Reads a {@code TensorProto}: {@code dims} 1, {@code data_type} 2, {@code segment} 3, {@code
 * float_data} 4, {@code int32_data} 5, {@code string_data} 6, {@code int64_data} 7, {@code name} 8,
 * {@code raw_data} 9, {@code double_data} 10, {@code uint64_data} 11, {@code external_data} 13,
 * {@code data_location} 14.
 *
 * <p>{@code raw_data}, {@code float_data} and {@code double_data} are little-endian arrays within
 * the file. {@code int32_data} and {@code int64_data} are integers of varying length; they are
 * decoded where they are few.
 */
final class TensorReader {
  private static final int MAX_RANK = 8;

  /** In bytes. Tools write vectors of sizes and axes in this way, and no weights. */
  private static final long MAX_DECODED = 1 << 20;

  private final Path file;
  private final List<Long> dims = new ArrayList<>();
  private final Set<Integer> dataFields = new HashSet<>();
  private final Set<String> keys = new HashSet<>();
  private String name = "";
  private long type;
  private boolean external;
  private long dataAt;
  private long dataLength;
  private List<WireBytes> varints = new ArrayList<>();
  private String location = "";
  private long offset;
  private OptionalLong length = OptionalLong.empty();

  private TensorReader(Path file) {
    this.file = file;
  }

  static OnnxTensor read(Path file, WireBytes message) {
    TensorReader reader = new TensorReader(file);
    while (message.hasMore()) {
      reader.field(message, message.field());
    }
    return reader.tensor(message);
  }

  private void field(WireBytes message, int field) {
    switch (field) {
      case 1 -> dimensions(message);
      case 2 -> type = message.require(WireBytes.VARINT).varint();
      case 8 -> name = message.text();
      case 4, 9, 10 -> {
        WireBytes bytes = message.message();
        data(message, field);
        dataAt = bytes.position();
        dataLength = bytes.remaining();
      }
      case 5, 7 -> {
        WireBytes bytes = message.message();
        data(message, field);
        varints = List.of(bytes);
      }
      case 13 -> entry(message.message());
      case 14 -> {
        long place = message.require(WireBytes.VARINT).varint();
        if (place != 0 && place != 1) {
          throw message.problem(OnnxFileError.MALFORMED, "data location " + place + " is none");
        }
        external = place == 1;
      }
      case 3, 6, 11 ->
          throw message.problem(
              OnnxFileError.UNSUPPORTED, field == 6 ? "a tensor of text" : "a tensor in segments");
      default -> message.skip();
    }
  }

  private void data(WireBytes message, int field) {
    if (!dataFields.add(field)) {
      throw message.problem(OnnxFileError.MALFORMED, "the data of a tensor are there in pieces");
    }
  }

  /** Packed, as an old writer may not have done it. */
  private void dimensions(WireBytes message) {
    if (message.isBytes()) {
      WireBytes packed = message.message();
      while (packed.hasMore()) {
        dimension(message, packed.varint());
      }
    } else {
      dimension(message, message.require(WireBytes.VARINT).varint());
    }
  }

  private void dimension(WireBytes message, long dim) {
    dims.add(dim);
    if (dims.size() > MAX_RANK) {
      throw message.problem(OnnxFileError.LIMIT, MAX_RANK, "dimensions");
    }
  }

  /** A {@code StringStringEntryProto} of the place of external data. */
  private void entry(WireBytes message) {
    String key = "";
    String value = "";
    while (message.hasMore()) {
      switch (message.field()) {
        case 1 -> key = message.text();
        case 2 -> value = message.text();
        default -> message.skip();
      }
    }
    if (!keys.add(key)) {
      throw OnnxFileError.EXTERNAL_FIELD.at(file, name, "'" + key + "' twice");
    }
    switch (key) {
      case "location" -> location = value;
      case "offset" -> offset = number(key, value);
      case "length" -> length = OptionalLong.of(number(key, value));
      // A digest that is not asked for proves nothing: whoever changes the data changes it too.
      case "checksum" -> {}
      default ->
          throw OnnxFileError.EXTERNAL_FIELD.at(
              file, name, "'%s', known are location, offset, length, checksum".formatted(key));
    }
  }

  private long number(String key, String text) {
    if (!text.matches("[0-9]{1,18}")) {
      throw OnnxFileError.EXTERNAL_FIELD.at(
          file, name, "'%s' of '%s', expected a number of bytes".formatted(key, text));
    }
    return Long.parseLong(text);
  }

  private OnnxTensor tensor(WireBytes message) {
    if (name.isEmpty()) {
      throw message.problem(OnnxFileError.MALFORMED, "an initializer without a name");
    }
    OnnxType known =
        OnnxType.of(type).orElseThrow(() -> OnnxFileError.ELEMENT_TYPE.at(file, name, type));
    long wanted = byteSize(known);
    if (external) {
      if (!dataFields.isEmpty() || location.isEmpty()) {
        throw OnnxFileError.MALFORMED.at(
            file, name, location.isEmpty() ? "has no place of its data" : "has its data twice");
      }
      return new OnnxTensor(
          name, known, dims, new OnnxTensor.Data.External(location, offset, length));
    }
    if (!keys.isEmpty() || dataFields.size() > 1) {
      throw OnnxFileError.MALFORMED.at(file, name, "has its data twice");
    }
    return new OnnxTensor(name, known, dims, inside(known, wanted));
  }

  private OnnxTensor.Data inside(OnnxType known, long wanted) {
    if (!varints.isEmpty()) {
      return new OnnxTensor.Data.Decoded(decoded(known, wanted, varints.getFirst()));
    }
    boolean wrong =
        (dataFields.contains(4) && known != OnnxType.F32)
            || (dataFields.contains(10) && known != OnnxType.F64);
    if (wrong) {
      throw OnnxFileError.MALFORMED.at(file, name, "data of another type than " + known);
    }
    if (dataLength != wanted) {
      throw OnnxFileError.DATA_SIZE.at(file, name, dataLength, dims, wanted);
    }
    return new OnnxTensor.Data.Inline(dataAt);
  }

  private byte[] decoded(OnnxType known, long wanted, WireBytes numbers) {
    boolean wide = dataFields.contains(7);
    boolean fits =
        switch (known) {
          case I64 -> wide;
          case F32, F64 -> false;
          case U8, I8, I32, BOOL, F16, BF16 -> !wide;
        };
    if (!fits) {
      throw OnnxFileError.MALFORMED.at(file, name, "data of another type than " + known);
    }
    if (wanted > MAX_DECODED) {
      throw OnnxFileError.LIMIT.at(file, name, MAX_DECODED, "bytes not stored as raw_data");
    }
    ByteBuffer bytes = ByteBuffer.allocate((int) wanted).order(ByteOrder.LITTLE_ENDIAN);
    while (numbers.hasMore()) {
      long number = numbers.varint();
      if (bytes.remaining() < known.bytes()) {
        throw OnnxFileError.DATA_SIZE.at(file, name, wanted + known.bytes(), dims, wanted);
      }
      switch (known.bytes()) {
        case 1 -> bytes.put((byte) number);
        case 2 -> bytes.putShort((short) number);
        case 4 -> bytes.putInt((int) number);
        default -> bytes.putLong(number);
      }
    }
    if (bytes.hasRemaining()) {
      throw OnnxFileError.DATA_SIZE.at(file, name, bytes.position(), dims, wanted);
    }
    return bytes.array();
  }

  private long byteSize(OnnxType known) {
    long size = known.bytes();
    try {
      for (long dim : dims) {
        if (dim < 0) {
          throw OnnxFileError.SHAPE.at(file, name, dims);
        }
        size = Math.multiplyExact(size, dim);
      }
      return size;
    } catch (ArithmeticException e) {
      throw OnnxFileError.SHAPE.at(file, name, dims);
    }
  }
}
