package org.m4fw.quantizer.calibration;

import java.util.HashMap;
import java.util.Map;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.progress.Progress;
import org.m4fw.graph.ir.EncodedWeight;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Weight;
import org.m4fw.graph.legalize.QuantizedGraph;
import org.m4fw.quantizer.WeightStore;
import org.m4fw.targets.Target;
import org.m4fw.targets.Targets;

/** How large the inputs of linear layers are in the unquantized model. */
public final class InputPowers {
  private InputPowers() {}

  /**
   * The mean square of each input, [K], by the weight's name; of layers that are not reached there
   * is none.
   *
   * @param name of the model, for messages
   * @throws org.m4fw.base.problem.ProblemException with a {@link CalibrationError}
   */
  public static Map<String, float[]> of(
      String name, Model model, CalibrationData data, WeightStore store, Progress progress) {
    Digest key =
        WalkDigest.of(model, data, store, weight -> "", Map.of("found", "powers", "version", 1));
    return store.inputVectors(
        key,
        () -> {
          Observer observer = new Observer(store);
          LayerWalk.run(name, model, data, observer, progress);
          return observer.powers;
        });
  }

  private static final class Observer implements LayerWalk.Visitor {
    private final Target host = Targets.find("host");
    private final WeightStore store;
    private final Map<String, float[]> powers = new HashMap<>();

    Observer(WeightStore store) {
      this.store = store;
    }

    @Override
    public boolean stopsFor(Weight weight) {
      boolean linear = weight.role() == Weight.Role.LINEAR || weight.role() == Weight.Role.HEAD;
      return linear
          && weight.shape().rank() == 2
          && weight.source() instanceof Weight.Source.Stored;
    }

    @Override
    public EncodedWeight passing(Weight weight) {
      return original(weight);
    }

    @Override
    public EncodedWeight original(Weight weight) {
      var encoding = WeightStore.comesAs(weight);
      return store.encode(weight, encoding, QuantizedGraph.layout(host, weight, encoding)).weight();
    }

    @Override
    public EncodedWeight visit(Weight weight, LayerInput input) {
      powers.put(weight.name(), input.powers());
      return original(weight);
    }
  }
}
