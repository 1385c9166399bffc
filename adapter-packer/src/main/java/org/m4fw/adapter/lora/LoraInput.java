package org.m4fw.adapter.lora;

import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;

/**
 * One matrix of a pair as a graph takes it: transposed, A as [in, rank], B as [rank, out] and
 * multiplied by the factor, so that the graph computes x·A·B without knowing alpha.
 *
 * @param factor in float32 arithmetic as PyTorch multiplies; 1 for A
 */
public record LoraInput(LoraPair pair, Side side, double factor) implements GraphInput {
  /** Which matrix of the pair. */
  public enum Side {
    A,
    B
  }

  /** The name of the graph input. */
  @Override
  public String name() {
    return switch (side) {
      case A -> pair.point().inputA();
      case B -> pair.point().inputB();
    };
  }

  @Override
  public Shape shape() {
    Shape stored = stored().shape();
    return Shape.of(stored.dim(1), stored.dim(0));
  }

  /** The elements in row-major order, computed anew at each call. */
  @Override
  public float[] values() {
    float[] rows = TensorFloats.all(stored());
    int height = Math.toIntExact(stored().shape().dim(0));
    int width = Math.toIntExact(stored().shape().dim(1));
    float[] columns = new float[rows.length];
    float scale = (float) factor;
    for (int row = 0; row < height; row++) {
      for (int column = 0; column < width; column++) {
        columns[column * height + row] = rows[row * width + column] * scale;
      }
    }
    return columns;
  }

  /** The tensor that it is made of. */
  @Override
  public Tensor stored() {
    return switch (side) {
      case A -> pair.down();
      case B -> pair.up();
    };
  }
}
