package org.m4fw.quantizer.calibration;

import java.util.List;
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
   * The mean magnitude of each input, [K], in the unquantized model.
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link CalibrationError#NOT_FINITE}
   */
  public float[] magnitudes() {
    double[] sums = new double[width()];
    float[] row = new float[sums.length];
    long positions = positions();
    for (Tensor tensor : original) {
      for (long at = 0; at < tensor.shape().count(); at += row.length) {
        TensorFloats.read(tensor, at, row, 0, row.length);
        for (int i = 0; i < row.length; i++) {
          sums[i] += Math.abs(row[i]);
        }
      }
    }
    for (int i = 0; i < row.length; i++) {
      row[i] = (float) (sums[i] / positions);
      requireFinite(row[i]);
    }
    return row;
  }

  /**
   * The largest magnitude of each input, [K], in the unquantized model.
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link CalibrationError#NOT_FINITE}
   */
  public float[] maxima() {
    float[] maxima = new float[width()];
    float[] row = new float[maxima.length];
    for (Tensor tensor : original) {
      for (long at = 0; at < tensor.shape().count(); at += row.length) {
        TensorFloats.read(tensor, at, row, 0, row.length);
        for (int i = 0; i < row.length; i++) {
          maxima[i] = Math.max(maxima[i], Math.abs(row[i]));
        }
      }
    }
    for (float each : maxima) {
      requireFinite(each);
    }
    return maxima;
  }

  /**
   * Some positions of the unquantized model, evenly spaced over all: [K][count], input by input.
   *
   * @param most how many at most
   */
  public float[][] sample(int most) {
    long positions = positions();
    int count = (int) Math.min(most, positions);
    float[][] sample = new float[width()][count];
    float[] row = new float[width()];
    for (int i = 0; i < count; i++) {
      long position = i * positions / count;
      for (Tensor tensor : original) {
        long here = tensor.shape().count() / row.length;
        if (position < here) {
          TensorFloats.read(tensor, position * row.length, row, 0, row.length);
          break;
        }
        position -= here;
      }
      for (int k = 0; k < row.length; k++) {
        sample[k][i] = row[k];
      }
    }
    return sample;
  }

  /** Over how many positions it is known. */
  public long positions() {
    return original.stream().mapToLong(tensor -> tensor.shape().count()).sum() / width();
  }

  /**
   * The moments of some of its inputs.
   *
   * @param first the first of them
   * @param count how many
   * @throws org.m4fw.base.problem.ProblemException with {@link CalibrationError#NOT_FINITE}
   */
  public InputMoments moments(int first, int count) {
    DMatrixRMaj gram = new DMatrixRMaj(count, count);
    DMatrixRMaj cross = new DMatrixRMaj(count, count);
    long positions = 0;
    for (int i = 0; i < quantized.size(); i++) {
      positions += products.add(quantized.get(i), quantized.get(i), first, gram);
      products.add(original.get(i), quantized.get(i), first, cross);
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
