package org.m4fw.checkpoint.torch;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Pickles written opcode by opcode, right or wrong. */
final class Pickle {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  /** Starts with PROTO 2. */
  static Pickle begin() {
    return new Pickle().op(0x80).op(2);
  }

  /** Opcodes, or any bytes. */
  Pickle op(int... values) {
    for (int value : values) {
      bytes.write(value);
    }
    return this;
  }

  Pickle ops(String opcodes) {
    bytes.writeBytes(opcodes.getBytes(StandardCharsets.ISO_8859_1));
    return this;
  }

  Pickle u32(long value) {
    bytes.writeBytes(
        ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt((int) value).array());
    return this;
  }

  Pickle u64(long value) {
    bytes.writeBytes(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
    return this;
  }

  Pickle text(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    op('X').u32(utf8.length);
    bytes.writeBytes(utf8);
    return this;
  }

  Pickle global(String module, String name) {
    return ops("c" + module + "\n" + name + "\n");
  }

  /** LONG1 with eight bytes, so that any long can be said. */
  Pickle whole(long value) {
    return op(0x8a, 8).u64(value);
  }

  Pickle tuple(long... values) {
    op('(');
    for (long value : values) {
      whole(value);
    }
    return op('t');
  }

  /** A storage outside the pickle. */
  Pickle storage(String type, String key, long count) {
    op('(').text("storage").global("torch", type).text(key).text("cpu").whole(count);
    return op('t', 'Q');
  }

  /** A tensor over the storage that {@code storage} pushes. */
  Pickle tensor(String type, String key, long count, long offset, long[] dims, long[] strides) {
    global("torch._utils", "_rebuild_tensor_v2").op('(').storage(type, key, count).whole(offset);
    tuple(dims).tuple(strides).op(0x89).emptyOrderedDict();
    return op('t', 'R');
  }

  /** F32 in row-major order. */
  Pickle matrix(String key, long rows, long columns) {
    return tensor(
        "FloatStorage",
        key,
        rows * columns,
        0,
        new long[] {rows, columns},
        new long[] {columns, 1});
  }

  Pickle emptyOrderedDict() {
    return global("collections", "OrderedDict").op(')', 'R');
  }

  /** Ends with STOP. */
  byte[] end() {
    return op('.').bytes.toByteArray();
  }
}
