package org.m4fw.quantizer.calibration;

import org.ejml.data.DMatrixRMaj;

/**
 * What calibration data says about the input x of linear layers, as a column for each position.
 *
 * @param gram the mean of x·xᵀ, [K, K], with the weights before these layers quantized already
 * @param shift the mean of (x₀ − x)·xᵀ, [K, K], with x₀ the input that the unquantized model has at
 *     the same position
 */
public record InputMoments(DMatrixRMaj gram, DMatrixRMaj shift) {
  /** The width K of the input. */
  public int width() {
    return gram.getNumRows();
  }
}
