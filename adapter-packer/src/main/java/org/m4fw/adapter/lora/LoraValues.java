package org.m4fw.adapter.lora;

import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;

/** Looks at every number of a tensor that has dimensions. */
public final class LoraValues {
  private static final int CHUNK = 1 << 14;

  /** What the numbers are as a whole. */
  public enum Content {
    ZERO,
    NUMBERS
  }

  private LoraValues() {}

  /** Refuses the matrix if an element is not a finite number, and says which. */
  public static Content requireFinite(Tensor matrix) {
    return requireFinite(matrix, 1);
  }

  /** The same of what the numbers are once they are multiplied with a factor. */
  static Content requireFinite(Tensor matrix, float factor) {
    long count = matrix.shape().count();
    float[] chunk = new float[(int) Math.min(CHUNK, count)];
    boolean zero = true;
    for (long first = 0; first < count; first += chunk.length) {
      int size = (int) Math.min(chunk.length, count - first);
      TensorFloats.read(matrix, first, chunk, 0, size);
      for (int i = 0; i < size; i++) {
        float value = chunk[i] * factor;
        if (!Float.isFinite(value)) {
          long width = matrix.shape().dim(matrix.shape().rank() - 1);
          long index = first + i;
          throw LoraError.NOT_FINITE.at(
              matrix.extent().file(), matrix.name(), index, index / width, index % width, value);
        }
        zero &= chunk[i] == 0;
      }
    }
    return zero ? Content.ZERO : Content.NUMBERS;
  }
}
