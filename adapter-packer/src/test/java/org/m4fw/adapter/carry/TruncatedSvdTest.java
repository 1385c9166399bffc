package org.m4fw.adapter.carry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.NormOps_DDRM;
import org.ejml.dense.row.RandomMatrices_DDRM;
import org.ejml.dense.row.SingularOps_DDRM;
import org.junit.jupiter.api.Test;

class TruncatedSvdTest {
  private static DMatrixRMaj random(int rows, int columns) {
    return RandomMatrices_DDRM.rectangle(rows, columns, -1, 1, new Random(7));
  }

  private static double error(DMatrixRMaj matrix, LowRank approximation) {
    DMatrixRMaj difference = matrix.copy();
    CommonOps_DDRM.multAdd(-1, approximation.up(), approximation.down(), difference);
    return NormOps_DDRM.normF(difference);
  }

  @Test
  void errorIsThatOfTheSingularValuesLeftOut() {
    DMatrixRMaj matrix = random(60, 90);
    double[] values = SingularOps_DDRM.singularValues(matrix);
    double left = 0;
    for (int i = 20; i < values.length; i++) {
      left += values[i] * values[i];
    }
    assertEquals(
        Math.sqrt(left), error(matrix, TruncatedSvd.of(matrix, 20)), 1e-3 * Math.sqrt(left));
  }

  @Test
  void matrixOfThatRankIsGivenBack() {
    DMatrixRMaj product = new DMatrixRMaj(40, 70);
    CommonOps_DDRM.mult(random(40, 5), random(5, 70), product);
    assertEquals(0, error(product, TruncatedSvd.of(product, 5)), 1e-10);
  }

  @Test
  void rankIsBoundedByTheMatrix() {
    assertEquals(6, TruncatedSvd.of(random(6, 70), 64).rank());
  }

  @Test
  void resultIsAlwaysTheSame() {
    DMatrixRMaj matrix = random(30, 20);
    assertArrayEquals(
        TruncatedSvd.of(matrix, 4).up().data, TruncatedSvd.of(matrix, 4).up().data, 0);
  }
}
