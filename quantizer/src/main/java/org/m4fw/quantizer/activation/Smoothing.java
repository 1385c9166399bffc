package org.m4fw.quantizer.activation;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.progress.Progress;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;
import org.m4fw.graph.ir.EncodedWeight;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.InputFactors;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator;
import org.m4fw.graph.ir.Weight;
import org.m4fw.graph.legalize.QuantizedGraph;
import org.m4fw.quantizer.WeightStore;
import org.m4fw.quantizer.calibration.CalibrationData;
import org.m4fw.quantizer.calibration.LayerInput;
import org.m4fw.quantizer.calibration.LayerWalk;
import org.m4fw.quantizer.calibration.WalkDigest;
import org.m4fw.targets.Target;
import org.m4fw.targets.Targets;

/**
 * Moves outliers of activations into weights (Xiao et al., "SmoothQuant", 2023): where linear
 * layers read what a norm gives, input j is divided by max|x_j|^a / max|w_j|^(1−a), and column j is
 * multiplied by it. The norm's gain does the dividing, so that what is stored in eight bits is
 * smooth. Adapters read the value as it is.
 *
 * @param strength a, from 0, where columns become alike, to 1, where inputs do
 */
public record Smoothing(double strength) {
  /** Raised whenever the same input would give other factors. */
  private static final int VERSION = 1;

  /** Of the largest: inputs and columns that are smaller count as this share. */
  private static final double QUIET = 1e-4;

  /**
   * A strength that someone asks for.
   *
   * @param file where, for messages; may be empty
   * @param item the option or field there
   * @throws org.m4fw.base.problem.ProblemException with {@link ActivationError#BAD_STRENGTH}
   */
  public static Smoothing of(String file, String item, double strength) {
    if (!(strength >= 0 && strength <= 1)) {
      throw ActivationError.BAD_STRENGTH.at(file, item, strength);
    }
    return new Smoothing(strength);
  }

  /**
   * The model with smooth inputs.
   *
   * @param name of the model, for messages
   * @throws org.m4fw.base.problem.ProblemException if the calibration data cannot be used
   */
  public Model apply(
      String name, Model model, CalibrationData data, WeightStore store, Progress progress) {
    Digest key =
        WalkDigest.of(
            model,
            data,
            store,
            weight -> "",
            Map.of("smoothing", VERSION, "strength", Double.toHexString(strength)));
    return InputFactors.apply(
        model,
        store.inputVectors(
            key,
            () -> {
              Walk walk = new Walk(model, store);
              LayerWalk.run(name, model, data, walk, progress);
              return walk.factors;
            }));
  }

  /** One over what each input is divided by, relative to the middle of these. */
  static float[] factors(float[] inputs, float[] columns, double strength) {
    double[] logarithms = new double[inputs.length];
    double largestInput = QUIET * largest(inputs);
    double largestColumn = QUIET * largest(columns);
    double sum = 0;
    for (int i = 0; i < logarithms.length; i++) {
      double input = Math.log(Math.max(inputs[i], largestInput));
      double column = Math.log(Math.max(columns[i], largestColumn));
      logarithms[i] = (1 - strength) * column - strength * input;
      sum += logarithms[i];
    }
    float[] factors = new float[logarithms.length];
    for (int i = 0; i < factors.length; i++) {
      factors[i] = (float) Math.exp(logarithms[i] - sum / factors.length);
    }
    return factors;
  }

  private static float largest(float[] magnitudes) {
    float largest = Float.MIN_NORMAL;
    for (float each : magnitudes) {
      largest = Math.max(largest, each);
    }
    return largest;
  }

  private final class Walk implements LayerWalk.Visitor {
    private final Target host = Targets.find("host");
    private final Model model;
    private final WeightStore store;
    private final Map<String, Set<String>> normed = new HashMap<>();
    private final Map<String, float[]> factors = new HashMap<>();

    Walk(Model model, WeightStore store) {
      this.model = model;
      this.store = store;
    }

    @Override
    public boolean stopsFor(Weight weight) {
      return weight.role() == Weight.Role.LINEAR
          && weight.shape().rank() == 2
          && weight.source() instanceof Weight.Source.Stored;
    }

    @Override
    public void enter(String part, String value, List<Weight> weights, LayerInput input) {
      if (normed.computeIfAbsent(part, name -> normed(model.part(name))).contains(value)) {
        float[] each = factors(input.maxima(), columns(weights), strength);
        weights.forEach(weight -> factors.put(weight.name(), each));
      }
    }

    private static Set<String> normed(Graph graph) {
      Set<String> values = new HashSet<>();
      for (Node node : graph.nodes()) {
        if (node.operator() instanceof Operator.RmsNorm
            || node.operator() instanceof Operator.LayerNorm) {
          values.add(node.outputs().getFirst());
        }
      }
      return values;
    }

    /** The largest magnitude of each column of all the weights. */
    private static float[] columns(List<Weight> weights) {
      float[] maxima = new float[Math.toIntExact(weights.getFirst().shape().dim(1))];
      float[] row = new float[maxima.length];
      for (Weight weight : weights) {
        if (weight.source() instanceof Weight.Source.Stored(Tensor tensor)) {
          for (long i = 0; i < weight.shape().dim(0); i++) {
            TensorFloats.read(tensor, i * row.length, row, 0, row.length);
            for (int k = 0; k < row.length; k++) {
              maxima[k] = Math.max(maxima[k], Math.abs(row[k]));
            }
          }
        }
      }
      return maxima;
    }

    @Override
    public EncodedWeight passing(Weight weight) {
      return original(weight);
    }

    @Override
    public EncodedWeight original(Weight weight) {
      Encoding encoding = WeightStore.comesAs(weight);
      return store.encode(weight, encoding, QuantizedGraph.layout(host, weight, encoding)).weight();
    }

    @Override
    public EncodedWeight visit(Weight weight, LayerInput input) {
      return original(weight);
    }
  }
}
