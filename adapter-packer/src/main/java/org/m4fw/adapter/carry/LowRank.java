package org.m4fw.adapter.carry;

import org.ejml.data.DMatrixRMaj;

/**
 * A matrix as a product.
 *
 * @param up [out, rank]
 * @param down [rank, in]
 */
record LowRank(DMatrixRMaj up, DMatrixRMaj down) {
  int rank() {
    return down.numRows;
  }
}
