package org.m4fw.quantizer.method;

import java.util.Map;
import java.util.Optional;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Layout;
import org.m4fw.graph.ir.Weight;
import org.m4fw.quantizer.EncodedWeights;
import org.m4fw.quantizer.Rounding;
import org.m4fw.quantizer.WeightStore;
import org.m4fw.quantizer.calibration.CalibrationData;
import org.m4fw.quantizer.calibration.InputPowers;
import org.m4fw.quantizer.kernel.Importance;
import org.m4fw.quantizer.kernel.RowEncoder;
import org.m4fw.quantizer.kernel.ScaleChoice;

/**
 * Each number for itself: needs no calibration, and no more than one pass over the weights. Where
 * there is calibration data, the scales of four-bit blocks are searched with errors weighted by how
 * large the inputs are that the numbers are multiplied with.
 *
 * @param data what inputs are measured on
 */
public record RoundToNearestMethod(Optional<CalibrationData> data) implements QuantizationMethod {
  /** The id. */
  public static final String ID = "rtn";

  /** Raised whenever the same input would give other bytes. */
  private static final int VERSION = 1;

  /** Without calibration data. */
  public RoundToNearestMethod() {
    this(Optional.empty());
  }

  @Override
  public String id() {
    return ID;
  }

  /** Without data nothing is to be prepared: the store rounds what it is asked for. */
  @Override
  public Prepared prepare(Job job) {
    return data.filter(given -> searches(job))
        .map(given -> weighted(job, given))
        .orElseGet(() -> new Prepared(ID, "", ID, job.model(), job.store()));
  }

  /** Whether any scale is searched at all. */
  private static boolean searches(Job job) {
    return job.plan().choices().values().stream()
        .anyMatch(choice -> choice.encoding() instanceof Encoding.Int4Blocks);
  }

  private static Prepared weighted(Job job, CalibrationData data) {
    Map<String, float[]> powers =
        InputPowers.of(job.name(), job.model(), data, job.store(), job.progress());
    String key = "rtn-weighted-%s-%s".formatted(VERSION, job.digest(data, Map.of()));
    Weighted weights = new Weighted(job.store(), key, powers);
    return new Prepared(
        ID, "scales are searched in view of " + data.file(), key, job.model(), weights);
  }

  /** Weights by the inputs that they get. */
  private record Weighted(WeightStore store, String key, Map<String, float[]> powers)
      implements EncodedWeights {
    @Override
    public WeightStore.Stored encode(Weight weight, Encoding encoding, Layout layout) {
      float[] inputs = powers.get(weight.name());
      return inputs != null && encoding instanceof Encoding.Int4Blocks
          ? store.encode(
              weight,
              encoding,
              layout,
              new WeightedRounding(key + "-" + weight.name(), Importance.ofPowers(inputs)))
          : store.encode(weight, encoding, layout);
    }
  }

  private record WeightedRounding(String key, Importance importance) implements Rounding {
    @Override
    public RowEncoder encoder(Encoding encoding) {
      return RowEncoder.roundToNearest(encoding, ScaleChoice.SEARCH, importance);
    }
  }
}
