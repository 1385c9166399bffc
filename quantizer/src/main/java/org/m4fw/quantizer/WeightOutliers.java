package org.m4fw.quantizer;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;
import org.m4fw.graph.ir.Weight;

/**
 * The share of a weight's numbers that stand far out: whose magnitude is more than six times the
 * root of the mean square of all. Of normally distributed numbers that is two in a thousand
 * million; a block that holds one gives up most of its steps for it.
 */
public final class WeightOutliers {
  private static final double FAR = 6;
  private static final int PIECE = 1 << 18;

  private WeightOutliers() {}

  /** The shares of those weights that come as floating-point numbers and may be quantized. */
  public static SortedMap<String, Double> of(
      Collection<Weight> weights, OrderedWork work, Progress progress) {
    SortedMap<String, Double> shares = new TreeMap<>();
    try (Progress.Stage stage = progress.steps("look for outliers", weights.size())) {
      for (Weight weight : weights) {
        if (!Weights.staysPlain(weight)
            && weight.source() instanceof Weight.Source.Stored(Tensor tensor)
            && TensorFloats.canRead(tensor.dtype())) {
          shares.put(weight.name(), share(tensor, work));
        }
        stage.advance(1);
      }
    }
    return shares;
  }

  static double share(Tensor tensor, OrderedWork work) {
    long count = tensor.shape().count();
    if (count == 0) {
      return 0;
    }
    double squares = sum(tensor, work, values -> squares(values));
    double limit = FAR * Math.sqrt(squares / count);
    return sum(tensor, work, values -> beyond(values, limit)) / count;
  }

  private static double squares(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += (double) value * value;
    }
    return sum;
  }

  private static double beyond(float[] values, double limit) {
    long count = 0;
    for (float value : values) {
      if (Math.abs(value) > limit) {
        count++;
      }
    }
    return count;
  }

  private static double sum(Tensor tensor, OrderedWork work, ToDoubleFunction<float[]> of) {
    List<Long> pieces = new ArrayList<>();
    long count = tensor.shape().count();
    for (long first = 0; first < count; first += PIECE) {
      pieces.add(first);
    }
    double[] sum = new double[1];
    work.run(
        pieces,
        first -> {
          float[] values = new float[(int) Math.min(PIECE, count - first)];
          TensorFloats.read(tensor, first, values, 0, values.length);
          return of.applyAsDouble(values);
        },
        part -> sum[0] += part);
    return sum[0];
  }
}
