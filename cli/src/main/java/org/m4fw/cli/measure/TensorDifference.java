package org.m4fw.cli.measure;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;

/**
 * How far the numbers of a tensor are from those of another of the same shape.
 *
 * @param maxError largest |a − b|; NaN if a value is NaN, or infinite where the other is not
 * @param maxMagnitude largest |a|
 * @param cosine of the angle between both as vectors; 1 if both are zero, 0 if one is
 * @param sqnr signal to noise: 10·log10(Σa² / Σ(a−b)²) in dB; infinite if both are equal
 */
public record TensorDifference(double maxError, double maxMagnitude, double cosine, double sqnr) {
  private static final int CHUNK = 1 << 16;

  /** {@code maxError} as a share of {@code maxMagnitude}; 0 if there is no error at all. */
  public double relativeError() {
    return maxError == 0 ? 0 : maxError / maxMagnitude;
  }

  /**
   * Compares element by element; the dtypes may differ.
   *
   * @throws IllegalArgumentException if the shapes differ
   */
  public static TensorDifference between(Tensor a, Tensor b) {
    if (!a.shape().equals(b.shape())) {
      throw new IllegalArgumentException("%s and %s".formatted(a.shape(), b.shape()));
    }
    Sums sums = new Sums();
    long count = a.shape().count();
    double[] left = new double[(int) Math.min(CHUNK, count)];
    double[] right = new double[left.length];
    for (long at = 0; at < count; at += CHUNK) {
      int size = (int) Math.min(CHUNK, count - at);
      read(a, at, left, size);
      read(b, at, right, size);
      for (int i = 0; i < size; i++) {
        sums.add(left[i], right[i]);
      }
    }
    return sums.difference();
  }

  private static final class Sums {
    private double maxError;
    private double maxMagnitude;
    private double squaresA;
    private double squaresB;
    private double products;
    private double squaredErrors;

    void add(double a, double b) {
      // Equal infinities are equal, though their difference is NaN.
      double error = a == b ? 0 : Math.abs(a - b);
      maxError = Math.max(maxError, error);
      maxMagnitude = Math.max(maxMagnitude, Math.abs(a));
      squaresA += a * a;
      squaresB += b * b;
      products += a * b;
      squaredErrors += error * error;
    }

    TensorDifference difference() {
      double cosine =
          squaresA == 0 && squaresB == 0
              ? 1
              : squaresA == 0 || squaresB == 0
                  ? 0
                  : products / (Math.sqrt(squaresA) * Math.sqrt(squaresB));
      double sqnr =
          squaredErrors == 0 ? Double.POSITIVE_INFINITY : 10 * Math.log10(squaresA / squaredErrors);
      return new TensorDifference(maxError, maxMagnitude, cosine, sqnr);
    }
  }

  private static void read(Tensor tensor, long first, double[] into, int count) {
    if (isNarrowFloat(tensor.dtype())) {
      float[] floats = new float[count];
      TensorFloats.read(tensor, first, floats, 0, count);
      for (int i = 0; i < count; i++) {
        into[i] = floats[i];
      }
      return;
    }
    for (int i = 0; i < count; i++) {
      into[i] = element(tensor, first + i);
    }
  }

  /** What a float holds exactly. */
  private static boolean isNarrowFloat(DType dtype) {
    return dtype == DType.F16 || dtype == DType.BF16 || dtype == DType.F32;
  }

  private static double element(Tensor tensor, long index) {
    MemorySegment data = tensor.data();
    long at = index * tensor.dtype().bytes();
    return switch (tensor.dtype()) {
      case I8 -> data.get(ValueLayout.JAVA_BYTE, at);
      case BOOL, U8, F8_E4M3, F8_E5M2 -> data.get(ValueLayout.JAVA_BYTE, at) & 0xff;
      case I16 -> data.get(little(ValueLayout.JAVA_SHORT_UNALIGNED), at);
      case U16 -> data.get(little(ValueLayout.JAVA_SHORT_UNALIGNED), at) & 0xffff;
      case I32 -> data.get(little(ValueLayout.JAVA_INT_UNALIGNED), at);
      case U32 -> Integer.toUnsignedLong(data.get(little(ValueLayout.JAVA_INT_UNALIGNED), at));
      case I64, U64 -> data.get(little(ValueLayout.JAVA_LONG_UNALIGNED), at);
      case F64 -> data.get(little(ValueLayout.JAVA_DOUBLE_UNALIGNED), at);
      case F16, BF16, F32 -> throw new IllegalArgumentException("read by TensorFloats");
    };
  }

  @SuppressWarnings("unchecked")
  private static <L extends ValueLayout> L little(L layout) {
    return (L) layout.withOrder(ByteOrder.LITTLE_ENDIAN);
  }
}
