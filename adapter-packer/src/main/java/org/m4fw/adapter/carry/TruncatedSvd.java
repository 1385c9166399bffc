package org.m4fw.adapter.carry;

import java.util.SplittableRandom;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.SingularOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.QRDecomposition;
import org.ejml.interfaces.decomposition.SingularValueDecomposition_F64;

/**
 * The best approximation of a matrix by one of low rank (Eckart–Young), by subspace iteration
 * (Halko, Martinsson, Tropp, "Finding structure with randomness", algorithm 4.4): the cost is that
 * of a few products with the matrix, whatever its size. The start is always the same, so the result
 * is too.
 */
final class TruncatedSvd {
  private static final int OVERSAMPLING = 10;
  private static final int ITERATIONS = 12;

  private TruncatedSvd() {}

  /** The factors; their rank is at most that of the matrix. */
  static LowRank of(DMatrixRMaj matrix, int rank) {
    int largest = Math.min(matrix.numRows, matrix.numCols);
    int kept = Math.min(rank, largest);
    int width = Math.min(largest, kept + OVERSAMPLING);
    DMatrixRMaj basis = orthonormal(product(matrix, start(matrix.numCols, width)));
    for (int i = 0; i < ITERATIONS; i++) {
      DMatrixRMaj back = new DMatrixRMaj(matrix.numCols, width);
      CommonOps_DDRM.multTransA(matrix, basis, back);
      basis = orthonormal(product(matrix, orthonormal(back)));
    }
    DMatrixRMaj small = new DMatrixRMaj(width, matrix.numCols);
    CommonOps_DDRM.multTransA(basis, matrix, small);
    return factors(basis, small, kept);
  }

  private static LowRank factors(DMatrixRMaj basis, DMatrixRMaj small, int kept) {
    SingularValueDecomposition_F64<DMatrixRMaj> svd =
        DecompositionFactory_DDRM.svd(small.numRows, small.numCols, true, true, true);
    if (!svd.decompose(small)) {
      throw new ArithmeticException("the decomposition did not converge");
    }
    DMatrixRMaj left = svd.getU(null, false);
    DMatrixRMaj values = svd.getW(null);
    DMatrixRMaj right = svd.getV(null, true);
    SingularOps_DDRM.descendingOrder(left, false, values, right, true);
    DMatrixRMaj up = new DMatrixRMaj(basis.numRows, kept);
    DMatrixRMaj down = new DMatrixRMaj(kept, small.numCols);
    DMatrixRMaj whole = product(basis, left);
    for (int k = 0; k < kept; k++) {
      double root = Math.sqrt(values.get(k, k));
      for (int row = 0; row < up.numRows; row++) {
        up.set(row, k, whole.get(row, k) * root);
      }
      for (int column = 0; column < down.numCols; column++) {
        down.set(k, column, right.get(k, column) * root);
      }
    }
    return new LowRank(up, down);
  }

  private static DMatrixRMaj start(int rows, int columns) {
    SplittableRandom random = new SplittableRandom(rows);
    DMatrixRMaj start = new DMatrixRMaj(rows, columns);
    for (int i = 0; i < start.data.length; i++) {
      start.data[i] = random.nextGaussian();
    }
    return start;
  }

  private static DMatrixRMaj product(DMatrixRMaj a, DMatrixRMaj b) {
    DMatrixRMaj product = new DMatrixRMaj(a.numRows, b.numCols);
    CommonOps_DDRM.mult(a, b, product);
    return product;
  }

  private static DMatrixRMaj orthonormal(DMatrixRMaj matrix) {
    QRDecomposition<DMatrixRMaj> qr = DecompositionFactory_DDRM.qr(matrix.numRows, matrix.numCols);
    if (!qr.decompose(matrix)) {
      throw new ArithmeticException("the decomposition failed");
    }
    return qr.getQ(null, true);
  }
}
