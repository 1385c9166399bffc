package org.m4fw.quantizer.awq;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Symmetry;
import org.m4fw.quantizer.kernel.RowEncoder;
import org.m4fw.quantizer.kernel.RowEncoder.Outcome;
import org.m4fw.quantizer.kernel.Rows;
import org.m4fw.quantizer.kernel.ScaleChoice;
import org.m4fw.quantizer.kernel.ScaledColumns;

/**
 * Finds by what the inputs of linear layers that read one value are multiplied. An input of mean
 * magnitude m gets the factor m^−a, its columns are divided by it, and of eleven exponents from 0
 * to 1 the one wins with which the outputs for some positions change least when the columns are
 * rounded. Rows and positions beyond what tells exponents from each other are left out.
 */
public final class FactorSearch {
  /** Raised whenever the same input would give other factors. */
  public static final int VERSION = 1;

  /** The number of steps from exponent 0 to 1. */
  private static final int STEPS = 10;

  /** Positions and rows of each weight that are looked at. */
  public static final int MOST_POSITIONS = 512;

  private static final int MOST_ROWS = 512;

  /** Silent inputs count as this share of the loudest. */
  private static final float QUIET = 1e-4f;

  private final OrderedWork work;
  private final float[][] positions;
  private final List<Layer> layers;

  /** A layer: its weight [N, K] and how it will be stored. */
  public record Layer(Tensor weight, Encoding encoding) {}

  /**
   * For some layers.
   *
   * @param positions of the value that they read, [K][count]
   */
  public FactorSearch(OrderedWork work, float[][] positions, List<Layer> layers) {
    this.work = work;
    this.positions = positions;
    this.layers = List.copyOf(layers);
  }

  /**
   * The factors, [K]; none if no exponent is better than 0.
   *
   * @param magnitudes the mean magnitude of each input
   */
  public Optional<float[]> best(float[] magnitudes) {
    Optional<float[]> best = Optional.empty();
    double least = error(Optional.empty());
    for (int step = 1; step <= STEPS; step++) {
      Optional<float[]> factors = Optional.of(factors(magnitudes, (double) step / STEPS));
      double error = error(factors);
      if (error < least) {
        least = error;
        best = factors;
      }
    }
    return best;
  }

  /** m^−a, so that the geometric mean of the largest and the smallest is 1. */
  static float[] factors(float[] magnitudes, double exponent) {
    float loudest = 0;
    for (float magnitude : magnitudes) {
      loudest = Math.max(loudest, magnitude);
    }
    float[] factors = new float[magnitudes.length];
    double smallest = Double.POSITIVE_INFINITY;
    double largest = 0;
    for (int i = 0; i < factors.length; i++) {
      double share = loudest == 0 ? 1 : Math.max(magnitudes[i] / loudest, QUIET);
      double factor = Math.pow(share, -exponent);
      factors[i] = (float) factor;
      smallest = Math.min(smallest, factor);
      largest = Math.max(largest, factor);
    }
    double middle = Math.sqrt(smallest * largest);
    for (int i = 0; i < factors.length; i++) {
      factors[i] = (float) (factors[i] / middle);
    }
    return factors;
  }

  /** The squared change of the outputs; infinite if the columns cannot be rounded so. */
  private double error(Optional<float[]> factors) {
    double[] sum = new double[1];
    for (Layer layer : layers) {
      long rows = layer.weight().shape().dim(0);
      int count = (int) Math.min(MOST_ROWS, rows);
      List<Long> looked =
          java.util.stream.LongStream.range(0, count).map(i -> i * rows / count).boxed().toList();
      work.run(looked, row -> error(layer, row, factors), each -> sum[0] += each);
    }
    return sum[0];
  }

  private double error(Layer layer, long row, Optional<float[]> factors) {
    int columns = positions.length;
    RowEncoder plain = RowEncoder.roundToNearest(layer.encoding(), ScaleChoice.SEARCH);
    RowEncoder encoder =
        factors.<RowEncoder>map(each -> new ScaledColumns(plain, each)).orElse(plain);
    if (!(encoder.encode(new Rows(layer.weight(), columns, row, 1))
        instanceof Outcome.Encoded encoded)) {
      return Double.POSITIVE_INFINITY;
    }
    float[] change = decoded(layer.encoding(), columns, encoded);
    float[] original = new float[columns];
    TensorFloats.read(layer.weight(), row * columns, original, 0, columns);
    float[] output = new float[positions[0].length];
    for (int k = 0; k < columns; k++) {
      float factor = factors.isPresent() ? factors.get()[k] : 1;
      float by = change[k] * factor - original[k];
      float[] input = positions[k];
      for (int i = 0; i < output.length; i++) {
        output[i] += by * input[i];
      }
    }
    double error = 0;
    for (float each : output) {
      error += (double) each * each;
    }
    return error;
  }

  /** The numbers that a row's bytes stand for. */
  private static float[] decoded(Encoding encoding, int columns, Outcome.Encoded row) {
    float[] numbers = new float[columns];
    ByteBuffer data = row.data();
    ByteBuffer scales = row.scales().duplicate().order(ByteOrder.LITTLE_ENDIAN);
    for (int k = 0; k < columns; k++) {
      numbers[k] =
          switch (encoding) {
            case Encoding.Int8PerChannel int8 -> data.get(k) * scale(scales, 0);
            case Encoding.Int4Blocks int4 -> {
              int block = k / int4.block();
              int zero =
                  int4.symmetry() == Symmetry.SYMMETRIC ? 8 : nibble(row.zeroPoints(), block);
              yield (nibble(data, k) - zero) * scale(scales, block);
            }
            case Encoding.Plain plain -> throw new IllegalArgumentException("nothing is rounded");
          };
    }
    return numbers;
  }

  private static float scale(ByteBuffer scales, int index) {
    return Float.float16ToFloat(scales.getShort(scales.position() + 2 * index));
  }

  private static int nibble(ByteBuffer data, int index) {
    return data.get(data.position() + index / 2) >> (4 * (index & 1)) & 15;
  }
}
