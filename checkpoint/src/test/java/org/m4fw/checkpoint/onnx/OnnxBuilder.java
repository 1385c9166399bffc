package org.m4fw.checkpoint.onnx;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** One message of Protocol Buffers, field by field, right or wrong. */
final class OnnxBuilder {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  /** A model of format 8 that starts as tools write it. */
  static OnnxBuilder model() {
    return new OnnxBuilder().number(1, 8).text(2, "a test");
  }

  /** A model with a graph of these initializers. */
  static byte[] withInitializers(OnnxBuilder... tensors) {
    OnnxBuilder graph = new OnnxBuilder();
    for (OnnxBuilder tensor : tensors) {
      graph.message(5, tensor);
    }
    return model().message(7, graph).bytes();
  }

  static OnnxBuilder tensor(String name, int type, long... dims) {
    OnnxBuilder tensor = new OnnxBuilder();
    for (long dim : dims) {
      tensor.number(1, dim);
    }
    return tensor.number(2, type).text(8, name);
  }

  /** A tensor of F32 whose data are in a file. */
  static OnnxBuilder external(String location, String offset, String length, long... dims) {
    return tensor("w", 1, dims)
        .entry("location", location)
        .entry("offset", offset)
        .entry("length", length)
        .number(14, 1);
  }

  OnnxBuilder entry(String key, String value) {
    return message(13, new OnnxBuilder().text(1, key).text(2, value));
  }

  OnnxBuilder number(int field, long value) {
    varint((long) field << 3);
    return varint(value);
  }

  OnnxBuilder text(int field, String text) {
    return bytes(field, text.getBytes(StandardCharsets.UTF_8));
  }

  OnnxBuilder message(int field, OnnxBuilder message) {
    return bytes(field, message.bytes());
  }

  OnnxBuilder floats(int field, float... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return bytes(field, bytes.array());
  }

  OnnxBuilder bytes(int field, byte[] bytes) {
    varint(((long) field << 3) | 2);
    varint(bytes.length);
    out.writeBytes(bytes);
    return this;
  }

  OnnxBuilder varint(long value) {
    long left = value;
    while ((left & ~0x7fL) != 0) {
      out.write((int) ((left & 0x7f) | 0x80));
      left >>>= 7;
    }
    out.write((int) left);
    return this;
  }

  byte[] bytes() {
    return out.toByteArray();
  }
}
