package org.m4fw.cli.pipeline;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.m4fw.base.progress.Progress;
import org.m4fw.checkpoint.DType;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.EncodedWeight;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Weight;
import org.m4fw.graph.ir.WeightPlan;
import org.m4fw.graph.legalize.AdapterInputs;
import org.m4fw.graph.legalize.Legalizer;
import org.m4fw.graph.legalize.QuantizedGraph;
import org.m4fw.graph.legalize.TargetGraph;
import org.m4fw.quantizer.PlanMaker;
import org.m4fw.quantizer.WeightStore;
import org.m4fw.quantizer.method.QuantizationMethod;
import org.m4fw.targets.Target;

/**
 * A model with a plan for its weights, before it is legalized: what a method looks for has been
 * looked for.
 *
 * @param target that is planned for
 * @param plan for the weights of the model, as the target takes them
 * @param method what it made of the model, and gives its weights
 */
record PreparedModel(
    Target target, WeightPlan plan, QuantizationMethod.Prepared method, WeightStore store) {

  /** Smooths, plans and prepares. */
  static PreparedModel of(
      String name,
      Model imported,
      Target target,
      TargetModel.Quantization quantization,
      WeightStore store,
      Progress progress) {
    Model model = quantization.smoothed(name, imported, store, progress);
    WeightPlan plan = plan(name, model, target, quantization, store, progress);
    QuantizationMethod.Prepared prepared =
        quantization
            .method()
            .method()
            .prepare(
                new QuantizationMethod.Job(name, model, plan, store, told(quantization, progress)));
    return new PreparedModel(target, plan, prepared, store);
  }

  /** Where nothing is to be quantized there is nothing to report. */
  static Progress told(TargetModel.Quantization quantization, Progress progress) {
    return quantization.scheme().isPresent() ? progress : Progress.silent();
  }

  /** The model; layers may scale their inputs. */
  Model model() {
    return method.model();
  }

  /**
   * A weight in the bytes of a target.
   *
   * @param encoding another one than in the plan where the weight is for another target, such as
   *     the host of the one that was planned for
   */
  WeightStore.Stored encode(Weight weight, Encoding encoding, Target target) {
    WeightPlan.Choice planned = plan.choices().get(weight.name());
    boolean asPlanned = planned != null && planned.encoding().equals(encoding);
    return (asPlanned ? method.weights() : store)
        .encode(weight, encoding, QuantizedGraph.layout(target, weight, encoding));
  }

  /** Weights in the bytes of a target. */
  SortedMap<String, EncodedWeight> encode(
      Map<String, Weight> weights, WeightPlan plan, Target target, Progress.Stage stage) {
    SortedMap<String, EncodedWeight> encoded = new TreeMap<>();
    weights.forEach(
        (name, weight) -> {
          encoded.put(name, encode(weight, encoding(plan, weight), target).weight());
          stage.advance(1);
        });
    return encoded;
  }

  /** The encoding of a weight in a plan that has one for it. */
  static Encoding encoding(WeightPlan plan, Weight weight) {
    WeightPlan.Choice choice = plan.choices().get(weight.name());
    if (choice == null) {
      throw new IllegalStateException("no plan for " + weight.name());
    }
    return choice.encoding();
  }

  private static WeightPlan plan(
      String name,
      Model model,
      Target target,
      TargetModel.Quantization quantization,
      WeightStore store,
      Progress progress) {
    SortedMap<String, Weight> weights = model.weights();
    WeightPlan wanted =
        PlanMaker.plan(
            weights.values(), quantization.scheme(), quantization.overrides(), Optional.of(target));
    WeightPlan sized =
        quantization
            .allotment()
            .map(
                allotment ->
                    allotment.fit(
                        name,
                        model,
                        wanted,
                        weights.values(),
                        Optional.of(target),
                        store,
                        progress))
            .orElse(wanted);
    WeightPlan plan = withSlots(sized, model, target);
    warnOfLargerWeights(name, target, weights, plan, quantization, progress);
    return plan;
  }

  /**
   * A weight that adapters may replace is an input of the graph. It is stored in the arithmetic of
   * the graph: ONNX Runtime 1.29 crashes on a conversion of an input to a matrix.
   */
  private static WeightPlan withSlots(WeightPlan plan, Model model, Target target) {
    if (Legalizer.adapterInputs(target) != AdapterInputs.OPTIONAL) {
      return plan;
    }
    boolean half = TargetGraph.elementType(target.runtime().arithmetic()) == ElementType.FLOAT16;
    WeightPlan.Choice kept =
        new WeightPlan.Choice(
            new Encoding.Plain(half ? DType.F16 : DType.F32), "adapters may replace it");
    SortedMap<String, WeightPlan.Choice> choices = new TreeMap<>(plan.choices());
    for (Graph graph : model.parts().values()) {
      for (String name : graph.replaceable()) {
        Weight weight = graph.weights().get(name);
        if (weight != null && weight.source() instanceof Weight.Source.Stored) {
          choices.put(name, kept);
        }
      }
    }
    return new WeightPlan(choices);
  }

  /** Linear layers that get more bits than were asked for make an image larger than expected. */
  private static void warnOfLargerWeights(
      String name,
      Target target,
      Map<String, Weight> weights,
      WeightPlan plan,
      TargetModel.Quantization quantization,
      Progress progress) {
    if (quantization.scheme().isEmpty()
        || quantization.allotment().isPresent()
        || !(quantization.scheme().get().encoding() instanceof Encoding.Int4Blocks)) {
      return;
    }
    List<WeightPlan.Choice> larger =
        plan.choices().entrySet().stream()
            .filter(entry -> isLinear(weights.get(entry.getKey())))
            .map(Map.Entry::getValue)
            .filter(choice -> !(choice.encoding() instanceof Encoding.Int4Blocks))
            .filter(choice -> !choice.reason().equals(PlanMaker.OVERRIDE))
            .toList();
    if (!larger.isEmpty()) {
      progress.warn(
          "%s for %s: %s linear layers are not stored in 4 bits (%s)"
              .formatted(name, target.id(), larger.size(), larger.getFirst().reason()));
    }
  }

  private static boolean isLinear(@Nullable Weight weight) {
    return weight != null && weight.role() == Weight.Role.LINEAR;
  }
}
