package org.m4fw.quantizer.budget;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Weight;
import org.m4fw.quantizer.WeightStore;
import org.m4fw.quantizer.calibration.CalibrationData;
import org.m4fw.quantizer.calibration.InputPowers;
import org.m4fw.quantizer.kernel.RowEncoder;
import org.m4fw.quantizer.kernel.Rows;
import org.m4fw.quantizer.kernel.ScaleChoice;

/**
 * The squared error that rounding to the nearest makes of a weight, relative to the squares of the
 * weight, each input weighted by the mean square that it has on calibration data where there is
 * some: the relative error of the layer's output, as far as errors are independent.
 */
public final class RoundingError implements Sensitivity {
  /** Elements in a piece, about. */
  private static final int PIECE = 1 << 16;

  private final Map<String, float[]> powers;
  private final String basis;

  private RoundingError(Map<String, float[]> powers, String basis) {
    this.powers = powers;
    this.basis = basis;
  }

  /** Of weights alone. */
  public static Sensitivity ofWeights() {
    return new RoundingError(Map.of(), "the relative error of the weight");
  }

  /**
   * Of the outputs of layers on calibration data.
   *
   * @param name of the model, for messages
   * @throws org.m4fw.base.problem.ProblemException with a {@link
   *     org.m4fw.quantizer.calibration.CalibrationError}
   */
  public static Sensitivity ofOutputs(
      String name, Model model, CalibrationData data, WeightStore store, Progress progress) {
    return new RoundingError(
        InputPowers.of(name, model, data, store, progress),
        "the relative error of the layer's output on " + data.file());
  }

  @Override
  public String describe() {
    return basis;
  }

  @Override
  public double loss(Weight weight, Encoding encoding) {
    if (!(weight.source() instanceof Weight.Source.Stored(Tensor tensor))) {
      return 0;
    }
    int columns = Math.toIntExact(weight.shape().dim(1));
    int rows = Math.toIntExact(weight.shape().dim(0));
    Optional<float[]> power = Optional.ofNullable(powers.get(weight.name()));
    int perPiece = Math.max(1, PIECE / columns);
    List<Rows> pieces = new ArrayList<>();
    for (int first = 0; first < rows; first += perPiece) {
      pieces.add(new Rows(tensor, columns, first, Math.min(perPiece, rows - first)));
    }
    Sums total = new Sums();
    OrderedWork.onAllCores().run(pieces, piece -> piece(piece, encoding, power), total::add);
    return total.signal == 0 ? 0 : total.noise / total.signal;
  }

  private static final class Sums {
    double signal;
    double noise;

    void add(Sums other) {
      signal += other.signal;
      noise += other.noise;
    }
  }

  private static Sums piece(Rows rows, Encoding encoding, Optional<float[]> power) {
    Sums sums = new Sums();
    RowEncoder encoder = RowEncoder.roundToNearest(encoding, ScaleChoice.SEARCH);
    if (!(encoder.encode(rows) instanceof RowEncoder.Outcome.Encoded encoded)) {
      // It cannot be stored so at all.
      sums.noise = Double.POSITIVE_INFINITY;
      sums.signal = 1;
      return sums;
    }
    if (power.isEmpty()) {
      sums.signal = encoded.quality().signal();
      sums.noise = encoded.quality().noise();
      return sums;
    }
    float[] values = new float[rows.columns()];
    for (int row = 0; row < rows.count(); row++) {
      TensorFloats.read(rows.tensor(), rows.index(row, 0), values, 0, values.length);
      for (int i = 0; i < values.length; i++) {
        double difference = values[i] - stored(encoding, encoded, rows.columns(), row, i);
        sums.signal += power.get()[i] * (double) values[i] * values[i];
        sums.noise += power.get()[i] * difference * difference;
      }
    }
    return sums;
  }

  private static float stored(
      Encoding encoding, RowEncoder.Outcome.Encoded encoded, int columns, int row, int i) {
    return switch (encoding) {
      case Encoding.Int8PerChannel int8 ->
          encoded.data().get(row * columns + i) * half(encoded.scales(), row);
      case Encoding.Int4Blocks int4 -> {
        int blocks = Math.ceilDiv(columns, int4.block());
        int at = row * blocks * int4.block() + i;
        int nibble = encoded.data().get(at / 2) >> (4 * (at & 1)) & 15;
        yield (nibble - 8) * half(encoded.scales(), row * blocks + i / int4.block());
      }
      case Encoding.Plain plain -> throw new IllegalArgumentException("nothing is rounded");
    };
  }

  private static float half(ByteBuffer scales, int index) {
    return Float.float16ToFloat(scales.getShort(2 * index));
  }
}
