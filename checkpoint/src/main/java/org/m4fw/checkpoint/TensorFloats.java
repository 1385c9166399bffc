package org.m4fw.checkpoint;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Objects;

/** Reads the elements of a floating-point tensor as {@code float}. */
public final class TensorFloats {
  private static final ValueLayout.OfShort I16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat F32 =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfDouble F64 =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private TensorFloats() {}

  /** Whether {@link #read} can read it. */
  public static boolean canRead(DType dtype) {
    return switch (dtype) {
      case F32, F16, BF16, F64 -> true;
      default -> false;
    };
  }

  /**
   * All elements; for tensors of moderate size.
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link CheckpointError#NOT_FLOAT}
   */
  public static float[] all(Tensor tensor) {
    float[] values = new float[Math.toIntExact(tensor.shape().count())];
    read(tensor, 0, values, 0, values.length);
    return values;
  }

  /**
   * A range of elements, F16 and BF16 exactly, F64 rounded to the nearest.
   *
   * @param first the first element, in row-major order
   * @throws org.m4fw.base.problem.ProblemException with {@link CheckpointError#NOT_FLOAT}
   * @throws IndexOutOfBoundsException if the range is outside the tensor or the array
   */
  public static void read(Tensor tensor, long first, float[] into, int at, int count) {
    Objects.checkFromIndexSize(first, count, tensor.shape().count());
    Objects.checkFromIndexSize(at, count, into.length);
    MemorySegment data = tensor.data();
    switch (tensor.dtype()) {
      case F32 -> MemorySegment.copy(data, F32, 4 * first, into, at, count);
      case F16 -> widenHalf(data, first, into, at, count);
      case BF16 -> widenBrain(data, first, into, at, count);
      case F64 -> {
        for (int i = 0; i < count; i++) {
          into[at + i] = (float) data.get(F64, 8 * (first + i));
        }
      }
      default ->
          throw CheckpointError.NOT_FLOAT.at(tensor.extent().file(), tensor.name(), tensor.dtype());
    }
  }

  /** A loop of its own, so that the compiler turns it into vector instructions. */
  private static void widenHalf(MemorySegment data, long first, float[] into, int at, int count) {
    for (int i = 0; i < count; i++) {
      into[at + i] = Float.float16ToFloat(data.get(I16, 2 * (first + i)));
    }
  }

  private static void widenBrain(MemorySegment data, long first, float[] into, int at, int count) {
    for (int i = 0; i < count; i++) {
      into[at + i] = Float.intBitsToFloat(data.get(I16, 2 * (first + i)) << 16);
    }
  }
}
