package org.m4fw.quantizer.gptq;

import java.util.Comparator;
import java.util.stream.IntStream;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.CholeskyDecomposition_F64;

/**
 * How the error of a layer's output depends on the errors of a row of its weight: e·H·eᵀ with H the
 * damped mean of x·xᵀ over calibration data (Frantar et al., "GPTQ", 2022), and what rounding needs
 * of it. Matrices are [K, K], row-major.
 *
 * @param width K
 * @param order the inputs in the order in which they are rounded: those with the greatest H[i, i]
 *     first, so that errors are made up for where it is cheap
 * @param hessian H
 * @param factor U with UᵀU = H⁻¹, upper triangular, rows and columns in that order
 * @param correction (x₀ − x)·xᵀ·H⁻¹ in the mean: by how much a row w has to change, as
 *     w·correction, to answer the input x of the quantized model as it answered x₀ of the
 *     unquantized one
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
record Curvature(int width, int[] order, float[] hessian, float[] factor, float[] correction) {
  /** Of the mean of the diagonal, what is added to it: inputs may be few, or depend on others. */
  private static final double DAMPING = 0.01;

  /** How often damping is raised tenfold where the matrix is still not positive definite. */
  private static final int ATTEMPTS = 8;

  /**
   * Of the moments of a layer's input.
   *
   * @param gram the mean of x·xᵀ
   * @param shift the mean of (x₀ − x)·xᵀ
   */
  static Curvature of(DMatrixRMaj gram, DMatrixRMaj shift) {
    double mean = CommonOps_DDRM.trace(gram) / gram.getNumRows();
    double damping = DAMPING * mean;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      DMatrixRMaj damped = damped(gram, mean == 0 ? 1 : damping);
      DMatrixRMaj inverse = damped.copy();
      if (CommonOps_DDRM.invertSPD(damped, inverse)) {
        int[] order = order(damped);
        CholeskyDecomposition_F64<DMatrixRMaj> upper =
            DecompositionFactory_DDRM.chol(damped.getNumRows(), false);
        DMatrixRMaj permuted = permuted(inverse, order);
        if (upper.decompose(permuted)) {
          DMatrixRMaj correction = new DMatrixRMaj(damped.getNumRows(), damped.getNumRows());
          CommonOps_DDRM.mult(shift, inverse, correction);
          return new Curvature(
              damped.getNumRows(),
              order,
              floats(damped),
              floats(upper.getT(null)),
              floats(correction));
        }
      }
      damping *= 10;
    }
    throw new IllegalArgumentException("not the moments of anything");
  }

  /** H[i, i]. */
  float diagonal(int input) {
    return hessian[input * width + input];
  }

  private static DMatrixRMaj damped(DMatrixRMaj gram, double damping) {
    DMatrixRMaj damped = gram.copy();
    for (int i = 0; i < damped.getNumRows(); i++) {
      damped.add(i, i, damping);
      // Sums in float32 may differ on both sides of the diagonal.
      for (int j = 0; j < i; j++) {
        double both = (damped.get(i, j) + damped.get(j, i)) / 2;
        damped.set(i, j, both);
        damped.set(j, i, both);
      }
    }
    return damped;
  }

  private static int[] order(DMatrixRMaj matrix) {
    return IntStream.range(0, matrix.getNumRows())
        .boxed()
        .sorted(Comparator.comparingDouble((Integer i) -> -matrix.get(i, i)))
        .mapToInt(Integer::intValue)
        .toArray();
  }

  private static DMatrixRMaj permuted(DMatrixRMaj matrix, int[] order) {
    DMatrixRMaj permuted = new DMatrixRMaj(order.length, order.length);
    for (int i = 0; i < order.length; i++) {
      for (int j = 0; j < order.length; j++) {
        permuted.set(i, j, matrix.get(order[i], order[j]));
      }
    }
    return permuted;
  }

  private static float[] floats(DMatrixRMaj matrix) {
    float[] values = new float[matrix.getNumElements()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) matrix.data[i];
    }
    return values;
  }
}
