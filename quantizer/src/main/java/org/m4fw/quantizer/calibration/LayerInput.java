package org.m4fw.quantizer.calibration;

import java.util.List;
import java.util.Optional;
import org.ejml.data.DMatrixRMaj;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;

/**
 * The value that some linear layers read, on calibration data. What it says is computed when it is
 * asked for: moments of wide inputs are large.
 */
public final class LayerInput {
  private final String file;
  private final String name;
  private final List<Tensor> quantized;
  private final List<Tensor> original;
  private final Products products;
  private Optional<InputMoments> moments = Optional.empty();

  /**
   * @param file where the data is from, for messages
   * @param name of the value
   * @param quantized F32 [..., K] for each portion, in the model as it is quantized so far
   * @param original the same in the unquantized model
   */
  LayerInput(
      String file, String name, List<Tensor> quantized, List<Tensor> original, Products products) {
    this.file = file;
    this.name = name;
    this.quantized = quantized;
    this.original = original;
    this.products = products;
  }

  /** Its width K. */
  public int width() {
    return Math.toIntExact(
        quantized.getFirst().shape().dim(quantized.getFirst().shape().rank() - 1));
  }

  /**
   * The mean square of each input, [K], in the unquantized model.
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link CalibrationError#NOT_FINITE}
   */
  public float[] powers() {
    double[] sums = new double[width()];
    float[] row = new float[sums.length];
    long positions = 0;
    for (Tensor tensor : original) {
      long count = tensor.shape().count() / row.length;
      for (long position = 0; position < count; position++) {
        TensorFloats.read(tensor, position * row.length, row, 0, row.length);
        for (int i = 0; i < row.length; i++) {
          sums[i] += (double) row[i] * row[i];
        }
      }
      positions += count;
    }
    float[] powers = new float[sums.length];
    for (int i = 0; i < sums.length; i++) {
      powers[i] = (float) (sums[i] / positions);
      requireFinite(powers[i]);
    }
    return powers;
  }

  /**
   * Its moments.
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link CalibrationError#NOT_FINITE}
   */
  public InputMoments moments() {
    if (moments.isEmpty()) {
      moments = Optional.of(computed());
    }
    return moments.get();
  }

  private InputMoments computed() {
    DMatrixRMaj gram = new DMatrixRMaj(width(), width());
    DMatrixRMaj cross = new DMatrixRMaj(width(), width());
    long positions = 0;
    for (int i = 0; i < quantized.size(); i++) {
      positions += products.add(quantized.get(i), quantized.get(i), gram);
      products.add(original.get(i), quantized.get(i), cross);
    }
    for (int i = 0; i < gram.data.length; i++) {
      gram.data[i] /= positions;
      cross.data[i] = cross.data[i] / positions - gram.data[i];
      requireFinite(gram.data[i]);
      requireFinite(cross.data[i]);
    }
    return new InputMoments(gram, cross, positions);
  }

  private void requireFinite(double number) {
    if (!Double.isFinite(number)) {
      throw CalibrationError.NOT_FINITE.at(file, "", name);
    }
  }
}
