package org.m4fw.adapter.lora;

import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;

/**
 * What DoRA multiplies the output of a layer with: m / ‖W + s·B·A‖, the norm taken over each row of
 * the changed weight. Liu et al., "DoRA: Weight-Decomposed Low-Rank Adaptation" (2024), section 4.
 * As a graph takes it: [1, out].
 *
 * @param stored the magnitude m [out]
 * @param values one for each row
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
public record DoraScale(String name, Tensor stored, float[] values) implements GraphInput {

  /**
   * Computes the scale, one row of the weight in memory at a time.
   *
   * @param pair with a magnitude
   * @param weight the base's [out, in], of a floating-point type
   * @throws org.m4fw.base.problem.ProblemException with {@link LoraError#ZERO_ROW}
   */
  public static DoraScale of(LoraPair pair, LoraScaling scaling, Tensor weight) {
    int in = Math.toIntExact(pair.point().in());
    int out = Math.toIntExact(pair.point().out());
    Tensor magnitude = pair.magnitude().orElseThrow();
    float[] down = TensorFloats.all(pair.down());
    float[] up = TensorFloats.all(pair.up());
    float[] scales = TensorFloats.all(magnitude);
    float factor = (float) scaling.factor(pair.alpha(), pair.rank());
    float[] row = new float[in];
    for (int i = 0; i < out; i++) {
      TensorFloats.read(weight, (long) i * in, row, 0, in);
      for (int j = 0; j < pair.rank(); j++) {
        addMultiple(row, factor * up[i * pair.rank() + j], down, j * in);
      }
      double norm = norm(row);
      if (norm == 0) {
        throw LoraError.ZERO_ROW.at(magnitude.extent().file(), magnitude.name(), i);
      }
      scales[i] = (float) (scales[i] / norm);
    }
    return new DoraScale(pair.point().inputScale(), magnitude, scales);
  }

  /** A loop of its own, so that the compiler turns it into vector instructions. */
  private static void addMultiple(float[] row, float factor, float[] matrix, int at) {
    for (int i = 0; i < row.length; i++) {
      row[i] += factor * matrix[at + i];
    }
  }

  private static double norm(float[] row) {
    double sum = 0;
    for (float value : row) {
      sum += (double) value * value;
    }
    return Math.sqrt(sum);
  }

  @Override
  public Shape shape() {
    return Shape.of(1, values.length);
  }
}
