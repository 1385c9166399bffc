package org.m4fw.quantizer.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Tensor;

/**
 * A few numbers as they are stored, in an array of their 32-bit words, as compiled code reads
 * vectors from arrays only without a call: F32, or pairs of F16 or BF16.
 */
final class StoredNumbers {
  private static final ValueLayout.OfInt WORD =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort HALF =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** F32, F16 or BF16. */
  final DType dtype;

  final int count;
  final int[] words;

  /**
   * Room for numbers.
   *
   * @param count even
   */
  StoredNumbers(DType dtype, int count) {
    this.dtype = dtype;
    this.count = count;
    this.words = new int[dtype == DType.F32 ? count : count / 2];
  }

  /**
   * Takes elements of a tensor.
   *
   * @param at where the first goes, an even number
   */
  void take(Tensor tensor, long first, int at, int elements) {
    MemorySegment data = tensor.data();
    if (dtype == DType.F32) {
      MemorySegment.copy(data, WORD, 4 * first, words, at, elements);
      return;
    }
    MemorySegment.copy(data, WORD, 2 * first, words, at / 2, elements / 2);
    if (elements % 2 == 1) {
      short last = data.get(HALF, 2 * (first + elements - 1));
      words[(at + elements) / 2] = Short.toUnsignedInt(last);
    }
  }

  /** Makes elements zero. */
  void clear() {
    Arrays.fill(words, 0);
  }

  /** One of them. */
  float number(int i) {
    if (dtype == DType.F32) {
      return Float.intBitsToFloat(words[i]);
    }
    int half = words[i / 2] >>> (i % 2 * Short.SIZE);
    return dtype == DType.F16
        ? Float.float16ToFloat((short) half)
        : Float.intBitsToFloat(half << Short.SIZE);
  }

  /** All of them. */
  void widen(float[] into) {
    for (int i = 0; i < count; i++) {
      into[i] = number(i);
    }
  }
}
