package org.m4fw.adapter.lora;

import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;
import org.m4fw.host.LayerWeights;

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
    float[] down = TensorFloats.all(pair.down());
    float[] up = scaledUp(pair, scaling);
    double[] squares = new double[out];
    float[] row = new float[in];
    for (int i = 0; i < out; i++) {
      TensorFloats.read(weight, (long) i * in, row, 0, in);
      for (int j = 0; j < pair.rank(); j++) {
        addMultiple(row, up[i * pair.rank() + j], down, j * in);
      }
      for (float value : row) {
        squares[i] += (double) value * value;
      }
    }
    return of(pair, squares);
  }

  /**
   * Computes the scale for a weight as a compiled graph has it.
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link LoraError#ZERO_ROW} or a {@link
   *     org.m4fw.host.HostError}
   */
  public static DoraScale of(LoraPair pair, LoraScaling scaling, LayerWeights weights) {
    int in = Math.toIntExact(pair.point().in());
    int out = Math.toIntExact(pair.point().out());
    float[] down = TensorFloats.all(pair.down());
    float[] up = transposed(scaledUp(pair, scaling), out, pair.rank());
    double[] squares = new double[out];
    float[] column = new float[out];
    weights.read(
        pair.point().withScale(),
        (first, count, columns) -> {
          for (int i = 0; i < count; i++) {
            System.arraycopy(columns, i * out, column, 0, out);
            for (int j = 0; j < pair.rank(); j++) {
              addMultiple(column, down[j * in + first + i], up, j * out);
            }
            for (int o = 0; o < out; o++) {
              squares[o] += (double) column[o] * column[o];
            }
          }
        });
    return of(pair, squares);
  }

  private static DoraScale of(LoraPair pair, double[] squares) {
    Tensor magnitude = pair.magnitude().orElseThrow();
    float[] scales = TensorFloats.all(magnitude);
    for (int i = 0; i < scales.length; i++) {
      double norm = Math.sqrt(squares[i]);
      if (norm == 0) {
        throw LoraError.ZERO_ROW.at(magnitude.extent().file(), magnitude.name(), i);
      }
      scales[i] = (float) (scales[i] / norm);
    }
    return new DoraScale(pair.point().inputScale(), magnitude, scales);
  }

  /** B [out, rank] times the factor. */
  private static float[] scaledUp(LoraPair pair, LoraScaling scaling) {
    float[] up = TensorFloats.all(pair.up());
    float factor = (float) scaling.factor(pair.alpha(), pair.rank());
    for (int i = 0; i < up.length; i++) {
      up[i] *= factor;
    }
    return up;
  }

  private static float[] transposed(float[] matrix, int rows, int columns) {
    float[] transposed = new float[matrix.length];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        transposed[column * rows + row] = matrix[row * columns + column];
      }
    }
    return transposed;
  }

  /** A loop of its own, so that the compiler turns it into vector instructions. */
  private static void addMultiple(float[] row, float factor, float[] matrix, int at) {
    for (int i = 0; i < row.length; i++) {
      row[i] += factor * matrix[at + i];
    }
  }

  @Override
  public Shape shape() {
    return Shape.of(1, values.length);
  }
}
