package org.m4fw.adapter.delta;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Extent;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;

/** Some rows of a matrix, or all of them in another order. */
final class TensorRows {
  private TensorRows() {}

  /** A view of some rows. */
  static Tensor range(Tensor matrix, long first, long count) {
    long bytes = matrix.byteSize() / matrix.shape().dim(0);
    Extent all = matrix.extent();
    return new Tensor(
        matrix.name(),
        matrix.dtype(),
        Shape.of(count, matrix.shape().dim(1)),
        new Extent(all.file(), all.offset() + first * bytes, count * bytes),
        matrix.data().asSlice(first * bytes, count * bytes));
  }

  /** The rows of one above those of the other, as 32-bit numbers. */
  static Tensor stacked(Tensor above, Tensor below) {
    float[] first = TensorFloats.all(above);
    float[] last = TensorFloats.all(below);
    float[] all = new float[first.length + last.length];
    System.arraycopy(first, 0, all, 0, first.length);
    System.arraycopy(last, 0, all, first.length, last.length);
    long rows = above.shape().dim(0) + below.shape().dim(0);
    return made(above, Shape.of(rows, above.shape().dim(1)), all);
  }

  /** Numbers that were made of a tensor, whose name and place they keep for messages. */
  static Tensor made(Tensor of, Shape shape, float[] values) {
    byte[] bytes = new byte[Math.multiplyExact(values.length, Float.BYTES)];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(values);
    return new Tensor(of.name(), DType.F32, shape, of.extent(), MemorySegment.ofArray(bytes));
  }

  /**
   * A copy whose rows are in the order of transformers: row (head, half, i) is row (head, 2·i +
   * half) of the original. Its extent is still that of the original.
   */
  static Tensor halvesOfHeads(Tensor matrix, int headWidth) {
    long rows = matrix.shape().dim(0);
    long bytes = matrix.byteSize() / rows;
    MemorySegment copy = MemorySegment.ofArray(new byte[Math.toIntExact(matrix.byteSize())]);
    for (long row = 0; row < rows; row++) {
      long head = row / headWidth;
      long half = row % headWidth / (headWidth / 2);
      long i = row % (headWidth / 2);
      long from = head * headWidth + 2 * i + half;
      MemorySegment.copy(matrix.data(), from * bytes, copy, row * bytes, bytes);
    }
    return new Tensor(matrix.name(), matrix.dtype(), matrix.shape(), matrix.extent(), copy);
  }
}
