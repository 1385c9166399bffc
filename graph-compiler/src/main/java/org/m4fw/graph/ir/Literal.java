package org.m4fw.graph.ir;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.m4fw.checkpoint.Shape;

/**
 * A small constant of a graph that is computed, not trained.
 *
 * @param bytes little-endian, row-major; a copy of nobody's, not to be changed
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
public record Literal(ElementType type, Shape shape, byte[] bytes) {

  public static Literal int64(long... values) {
    return int64(Shape.of(values.length), values);
  }

  public static Literal int64Scalar(long value) {
    return int64(Shape.of(), value);
  }

  private static Literal int64(Shape shape, long... values) {
    byte[] bytes = new byte[8 * values.length];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().put(values);
    return new Literal(ElementType.INT64, shape, bytes);
  }

  /** Floating-point numbers in the given type, {@code FLOAT32} or {@code FLOAT16}. */
  public static Literal real(ElementType type, Shape shape, float... values) {
    byte[] bytes = new byte[type.bytes() * values.length];
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      switch (type) {
        case FLOAT32 -> buffer.putFloat(value);
        case FLOAT16 -> buffer.putShort(Float.floatToFloat16(value));
        default -> throw new IllegalArgumentException("not a floating-point type: " + type);
      }
    }
    return new Literal(type, shape, bytes);
  }

  /** The same numbers of a {@code FLOAT32} literal in another floating-point type. */
  public Literal withType(ElementType other) {
    return other == type ? this : real(other, shape, floats());
  }

  /** The numbers of a {@code FLOAT32} literal. */
  public float[] floats() {
    float[] values = new float[bytes.length / Float.BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
    return values;
  }
}
