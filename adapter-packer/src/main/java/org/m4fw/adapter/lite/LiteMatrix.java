package org.m4fw.adapter.lite;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
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

  /**
   * Both matrices of a pair.
   *
   * @param factor of the branch, in float32 arithmetic as PyTorch multiplies; goes into B
   */
  static List<LiteMatrix> of(LoraPair pair, double factor, LiteSlot a, LiteSlot b) {
    List<LiteMatrix> both = new ArrayList<>();
    both.add(floating(a, padded(pair.down(), a.shape(), 1)));
    both.add(floating(b, padded(pair.up(), b.shape(), (float) factor)));
    return both;
  }

  private static LiteMatrix floating(LiteSlot slot, float[] values) {
    return new LiteMatrix(slot, DType.F32, MemorySegment.ofArray(values));
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
