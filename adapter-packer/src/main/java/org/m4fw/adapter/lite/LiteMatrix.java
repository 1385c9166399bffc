package org.m4fw.adapter.lite;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.m4fw.adapter.lora.LoraPair;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;
import org.m4fw.graph.ir.AttachmentPoint;

/**
 * Numbers for a slot: those of a matrix of the adapter, zeros around them.
 *
 * @param data row by row, in the shape of the slot
 */
record LiteMatrix(LiteSlot slot, DType dtype, MemorySegment data) {
  /** The largest whole number; −128 is left out, as kernels of layers do. */
  private static final int LARGEST = 127;

  /**
   * Both matrices of a pair.
   *
   * @param factor of the branch, in float32 arithmetic as PyTorch multiplies; goes into B
   */
  static List<LiteMatrix> of(String file, LoraPair pair, double factor, LiteSlot a, LiteSlot b) {
    float[] down = padded(pair.down(), a.shape(), 1);
    float[] up = padded(pair.up(), b.shape(), (float) factor);
    if (a.scale().isEmpty()) {
      return List.of(floating(a, down), floating(b, up));
    }
    float stepA = a.scale().get();
    float stepB = b.scale().orElseThrow();
    balance(down, up, pair.rank(), b.shape(), LARGEST * stepA);
    return List.of(whole(file, a, down, stepA), whole(file, b, up, stepB));
  }

  /**
   * Both matrices of a pair, so that the largest number of every row of A is one. That says nothing
   * else: what a row is multiplied with, its column of B is divided by.
   */
  static List<LiteMatrix> balanced(LoraPair pair, double factor, LiteSlot a, LiteSlot b) {
    float[] down = padded(pair.down(), a.shape(), 1);
    float[] up = padded(pair.up(), b.shape(), (float) factor);
    balance(down, up, pair.rank(), b.shape(), 1);
    return List.of(floating(a, down), floating(b, up));
  }

  private static LiteMatrix floating(LiteSlot slot, float[] values) {
    return new LiteMatrix(slot, DType.F32, MemorySegment.ofArray(values));
  }

  private static LiteMatrix whole(String file, LiteSlot slot, float[] values, float step) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < bytes.length; i++) {
      double steps = Math.rint(values[i] / (double) step);
      if (Math.abs(steps) > LARGEST) {
        throw LiteAdapterError.TOO_STRONG.at(file, slot.name(), values[i], LARGEST * step);
      }
      bytes[i] = (byte) steps;
    }
    return new LiteMatrix(slot, DType.I8, MemorySegment.ofArray(bytes));
  }

  private static void balance(float[] down, float[] up, int rank, Shape shape, float largest) {
    int wide = Math.toIntExact(shape.dim(1));
    int in = down.length / wide;
    for (int row = 0; row < rank; row++) {
      float most = 0;
      for (int i = row * in; i < (row + 1) * in; i++) {
        most = Math.max(most, Math.abs(down[i]));
      }
      if (most == 0) {
        continue;
      }
      for (int i = row * in; i < (row + 1) * in; i++) {
        down[i] = (float) ((double) down[i] / most * largest);
      }
      for (int i = row; i < up.length; i += wide) {
        up[i] = (float) ((double) up[i] * most / largest);
      }
    }
  }

  /** The rank of the slot. */
  long rank() {
    return slot.shape().dim(AttachmentPoint.isDown(slot.name()) ? 0 : 1);
  }

  private static float[] padded(Tensor matrix, Shape into, float factor) {
    float[] numbers = TensorFloats.all(matrix);
    int width = Math.toIntExact(matrix.shape().dim(1));
    int wide = Math.toIntExact(into.dim(1));
    float[] padded = new float[Math.toIntExact(into.count())];
    for (int i = 0; i < numbers.length; i++) {
      padded[i / width * wide + i % width] = numbers[i] * factor;
    }
    return padded;
  }
}
