package org.m4fw.quantizer.calibration;

import org.ejml.data.DMatrixRMaj;

/**
 * What calibration data says about the input x of linear layers, as a column for each position.
 *
 * @param gram the mean of x·xᵀ, [K, K], with the weights before these layers quantized already
 * @param shift the mean of (x₀ − x)·xᵀ, [K, K], with x₀ the input that the unquantized model has at
 *     the same position
 * @param positions over how many they are means
 */
public record InputMoments(DMatrixRMaj gram, DMatrixRMaj shift, long positions) {
  /** The width K of the input. */
  public int width() {
    return gram.getNumRows();
  }
}
