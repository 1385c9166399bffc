package org.m4fw.checkpoint.gguf;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** GGUF files written field by field, right or wrong. */
final class GgufBuilder {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  /** Version 3 with so many tensors and entries to come. */
  static GgufBuilder begin(long tensors, long entries) {
    return new GgufBuilder().ascii("GGUF").u32(3).u64(tensors).u64(entries);
  }

  GgufBuilder ascii(String text) {
    bytes.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    return this;
  }

  GgufBuilder u8(int value) {
    bytes.write(value);
    return this;
  }

  GgufBuilder u32(long value) {
    bytes.writeBytes(
        ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt((int) value).array());
    return this;
  }

  GgufBuilder u64(long value) {
    bytes.writeBytes(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
    return this;
  }

  GgufBuilder text(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    u64(utf8.length);
    bytes.writeBytes(utf8);
    return this;
  }

  /** Key and type of an entry; the value follows. */
  GgufBuilder entry(String key, int type) {
    return text(key).u32(type);
  }

  /** A tensor; dimensions innermost first, as in the file. */
  GgufBuilder tensor(String name, int type, long offset, long... dims) {
    text(name).u32(dims.length);
    for (long dim : dims) {
      u64(dim);
    }
    return u32(type).u64(offset);
  }

  /** The header padded to a multiple of the alignment, and so many bytes of data. */
  byte[] end(int alignment, int data) {
    while (bytes.size() % alignment != 0) {
      bytes.write(0);
    }
    bytes.writeBytes(new byte[data]);
    return bytes.toByteArray();
  }

  /** As it is. */
  byte[] cut() {
    return bytes.toByteArray();
  }
}
