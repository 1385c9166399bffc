package org.m4fw.host;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Extent;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;

/**
 * Numbers that the host made or looks at: what front ends give and ends take.
 *
 * @param values row-major, as many as the shape has
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
public record FloatTensor(Shape shape, float[] values) {
  private static final ValueLayout.OfFloat F32 =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  public FloatTensor {
    if (shape.count() != values.length) {
      throw new IllegalArgumentException(
          "%s has %d elements, not %d".formatted(shape, shape.count(), values.length));
    }
  }

  /** A copy of a result; F16, BF16 and F64 are converted. */
  public static FloatTensor of(Tensor tensor) {
    return new FloatTensor(tensor.shape(), TensorFloats.all(tensor));
  }

  /** The same numbers as an F32 input of a graph, in memory of their own. */
  public Tensor named(String name) {
    MemorySegment data = MemorySegment.ofArray(new byte[Math.multiplyExact(4, values.length)]);
    MemorySegment.copy(values, 0, data, F32, 0, values.length);
    return new Tensor(name, DType.F32, shape, new Extent(Path.of(name), 0, data.byteSize()), data);
  }
}
