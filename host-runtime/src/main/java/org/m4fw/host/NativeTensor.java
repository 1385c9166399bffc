package org.m4fw.host;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import org.m4fw.graph.ir.ElementType;

/**
 * Memory outside the heap that ONNX Runtime reads and writes in place. It belongs to an arena and
 * has to outlive the tensors over it. One tensor holds less than 2 GiB.
 */
final class NativeTensor {
  private static final long ALIGNMENT = 64;

  private NativeTensor() {}

  static ByteBuffer allocate(Arena arena, ElementType type, long... shape) {
    MemorySegment memory =
        arena.allocate(Math.max(ALIGNMENT, type.bytes() * count(shape)), ALIGNMENT);
    return buffer(memory, type.bytes() * count(shape));
  }

  static OnnxTensor over(
      OrtEnvironment environment, ByteBuffer bytes, ElementType type, long... shape)
      throws OrtException {
    OnnxJavaType javaType =
        switch (type) {
          case FLOAT32 -> OnnxJavaType.FLOAT;
          case FLOAT16 -> OnnxJavaType.FLOAT16;
          default -> throw new IllegalArgumentException("no tensor of " + type);
        };
    return OnnxTensor.createTensor(environment, bytes, shape, javaType);
  }

  static OnnxTensor longs(OrtEnvironment environment, Arena arena, long[] values, long... shape)
      throws OrtException {
    MemorySegment memory = arena.allocate(Math.max(8L, 8L * values.length), ALIGNMENT);
    LongBuffer longs = buffer(memory, 8L * values.length).asLongBuffer();
    longs.put(values).flip();
    return OnnxTensor.createTensor(environment, longs, shape);
  }

  /** Sets an element, by its index, of a buffer of floating-point numbers. */
  static void put(ByteBuffer buffer, ElementType type, int index, float value) {
    switch (type) {
      case FLOAT32 -> buffer.putFloat(4 * index, value);
      case FLOAT16 -> buffer.putShort(2 * index, Float.floatToFloat16(value));
      default -> throw new IllegalArgumentException("no arithmetic in " + type);
    }
  }

  private static ByteBuffer buffer(MemorySegment memory, long bytes) {
    return memory.asSlice(0, bytes).asByteBuffer().order(ByteOrder.nativeOrder());
  }

  private static long count(long... shape) {
    long count = 1;
    for (long dim : shape) {
      count = Math.multiplyExact(count, dim);
    }
    return count;
  }
}
