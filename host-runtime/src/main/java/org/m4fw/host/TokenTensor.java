package org.m4fw.host;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Extent;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;

/**
 * Token ids, as a tensor I64 or I32 [batch, length] holds them.
 *
 * @param ids row-major
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
public record TokenTensor(int batch, int length, long[] ids) {
  private static final long MOST = 1 << 24;
  private static final ValueLayout.OfLong I64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt I32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** The tokens of one text. */
  public static TokenTensor of(long... ids) {
    return new TokenTensor(1, ids.length, ids);
  }

  /** The same tokens as an I64 input of a graph, in memory of their own. */
  public Tensor named(String name) {
    return wholeNumbers(name, Shape.of(batch, length), ids);
  }

  /** Other whole numbers as an I64 input of a graph, such as a denoiser's timestep. */
  public static Tensor wholeNumbers(String name, Shape shape, long... values) {
    MemorySegment data = MemorySegment.ofArray(new byte[Math.multiplyExact(8, values.length)]);
    MemorySegment.copy(values, 0, data, I64, 0, values.length);
    return new Tensor(name, DType.I64, shape, new Extent(Path.of(name), 0, data.byteSize()), data);
  }

  /** The tokens of that name, if there are some. */
  static Optional<TokenTensor> of(String file, String name, Map<String, Tensor> tensors) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      return Optional.empty();
    }
    Shape shape = tensor.shape();
    boolean integers = tensor.dtype() == DType.I64 || tensor.dtype() == DType.I32;
    if (!integers || shape.rank() != 2 || shape.count() == 0 || shape.count() > MOST) {
      throw HostError.WRONG_INPUT.at(
          file, name, "%s %s".formatted(tensor.dtype(), shape), "I64 [batch, length]");
    }
    return Optional.of(
        new TokenTensor((int) shape.dim(0), (int) shape.dim(1), ids(tensor, (int) shape.count())));
  }

  private static long[] ids(Tensor tensor, int count) {
    long[] ids = new long[count];
    for (int i = 0; i < count; i++) {
      ids[i] =
          tensor.dtype() == DType.I64
              ? tensor.data().get(I64, 8L * i)
              : tensor.data().get(I32, 4L * i);
    }
    return ids;
  }
}
