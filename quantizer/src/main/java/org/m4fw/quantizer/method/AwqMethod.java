package org.m4fw.quantizer.method;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.ir.EncodedWeight;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.InputFactors;
import org.m4fw.graph.ir.Weight;
import org.m4fw.graph.legalize.QuantizedGraph;
import org.m4fw.quantizer.WeightStore;
import org.m4fw.quantizer.awq.FactorSearch;
import org.m4fw.quantizer.calibration.CalibrationData;
import org.m4fw.quantizer.calibration.LayerInput;
import org.m4fw.quantizer.calibration.LayerWalk;
import org.m4fw.quantizer.calibration.WalkDigest;
import org.m4fw.targets.Target;
import org.m4fw.targets.Targets;

/**
 * Activation-aware quantization (Lin et al., "AWQ", 2023): inputs that are large on calibration
 * data are made smaller, and the columns that they meet larger, so that these lose less when they
 * are rounded to the nearest.
 */
public record AwqMethod(CalibrationData data) implements QuantizationMethod {
  /** The id. */
  public static final String ID = "awq";

  @Override
  public String id() {
    return ID;
  }

  @Override
  public Prepared prepare(Job job) {
    Search search = new Search(job);
    SortedMap<String, float[]> factors =
        job.store()
            .inputVectors(
                WalkDigest.of(
                    job.model(), data, job.store(), search::use, Map.of(ID, FactorSearch.VERSION)),
                () -> {
                  LayerWalk.run(job.name(), job.model(), data, search, job.progress());
                  return search.factors;
                });
    String remark =
        "the inputs of %s of %s layers are scaled"
            .formatted(factors.size(), LayerWalk.weights(job.model(), data, search).size());
    return new Prepared(ID, remark, ID, InputFactors.apply(job.model(), factors), job.store());
  }

  /** Looks for factors where it stops, and lets the data go on through the layers as they come. */
  private static final class Search implements LayerWalk.Visitor {
    private final Target host = Targets.find("host");
    private final OrderedWork work = OrderedWork.onAllCores();
    private final Job job;
    private final Map<String, float[]> factors = new HashMap<>();

    Search(Job job) {
      this.job = job;
    }

    /** Data goes through layers as they come: what they become matters for their own inputs. */
    String use(Weight weight) {
      return stopsFor(weight) ? job.encoding(weight).id() : "";
    }

    @Override
    public boolean stopsFor(Weight weight) {
      return weight.role() == Weight.Role.LINEAR
          && weight.shape().rank() == 2
          && weight.source() instanceof Weight.Source.Stored
          && weight.inputFactors().isEmpty()
          && !(job.encoding(weight) instanceof Encoding.Plain);
    }

    @Override
    public void enter(String part, String value, List<Weight> weights, LayerInput input) {
      List<FactorSearch.Layer> layers =
          weights.stream()
              .map(weight -> new FactorSearch.Layer(tensor(weight), job.encoding(weight)))
              .toList();
      Optional<float[]> best =
          new FactorSearch(work, input.sample(FactorSearch.MOST_POSITIONS), layers)
              .best(input.magnitudes());
      best.ifPresent(each -> weights.forEach(weight -> factors.put(weight.name(), each)));
    }

    private static Tensor tensor(Weight weight) {
      return switch (weight.source()) {
        case Weight.Source.Stored(Tensor tensor) -> tensor;
        case Weight.Source.Quantized quantized ->
            throw new IllegalStateException("nobody stops for " + weight.name());
      };
    }

    @Override
    public EncodedWeight passing(Weight weight) {
      return original(weight);
    }

    @Override
    public EncodedWeight original(Weight weight) {
      Encoding encoding = WeightStore.comesAs(weight);
      return job.store()
          .encode(weight, encoding, QuantizedGraph.layout(host, weight, encoding))
          .weight();
    }

    @Override
    public EncodedWeight visit(Weight weight, LayerInput input) {
      return original(weight);
    }
  }
}
