package org.m4fw.cli.estimate;

import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.graph.cost.Roofline;
import org.m4fw.graph.cost.UsualSizes;
import org.m4fw.graph.cost.Work;
import org.m4fw.graph.ir.DecoderGeometry;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Weight;
import org.m4fw.graph.ir.WeightPlan;
import org.m4fw.quantizer.Overrides;
import org.m4fw.quantizer.PlanMaker;
import org.m4fw.quantizer.Scheme;
import org.m4fw.targets.FloatType;
import org.m4fw.targets.Target;

/** A component with its weights as a target stores them. */
final class TargetComponent {
  private final Model model;
  private final Target target;
  private final WeightPlan plan;
  private final Roofline roofline;

  private TargetComponent(Model model, Target target, WeightPlan plan) {
    this.model = model;
    this.target = target;
    this.plan = plan;
    this.roofline = new Roofline(target);
  }

  /**
   * A component.
   *
   * @param scheme as recipes and {@code quantize} take it; empty for a target that computes in
   *     whole numbers, or to keep the weights as they come
   */
  static TargetComponent of(
      Model model, Target target, Optional<Scheme> scheme, Overrides overrides) {
    Optional<Scheme> wanted =
        scheme.isEmpty() && target.activations().isPresent()
            ? Optional.of(new Scheme(new Encoding.Int8PerChannel()))
            : scheme;
    return new TargetComponent(
        model,
        target,
        PlanMaker.plan(model.weights().values(), wanted, overrides, Optional.of(target)));
  }

  Model model() {
    return model;
  }

  /** What one run of a part takes; sizes that are not given are the usual ones. */
  Work work(String part, Map<String, Long> asked) {
    SortedMap<String, Long> sizes = new TreeMap<>(UsualSizes.SIZES);
    sizes.putAll(asked);
    return Work.of(model.part(part), sizes, this::stored, cacheElement());
  }

  /** How long that is. */
  Roofline.Time time(Work work) {
    return roofline.time(work, roofline.arithmetic(isQuantized()), 0);
  }

  /** The bytes of all weights of the parts. */
  long storage() {
    return model.weights().values().stream().mapToLong(this::stored).sum();
  }

  /** The bytes of the cache of a decoder after so many tokens. */
  long cache(long tokens) {
    return model.parts().values().stream()
        .flatMap(graph -> graph.decoder().stream())
        .findFirst()
        .map(geometry -> Work.cacheBytes(geometry, tokens, cacheElement()))
        .orElse(0L);
  }

  /** The longest sequence of its decoder, if it has one. */
  Optional<DecoderGeometry> decoder() {
    return model.parts().values().stream()
        .map(Graph::decoder)
        .flatMap(Optional::stream)
        .findFirst();
  }

  private int cacheElement() {
    return target.runtime().keyValueCache() == FloatType.FLOAT32 ? Float.BYTES : Short.BYTES;
  }

  private boolean isQuantized() {
    return model.weights().values().stream()
        .filter(weight -> weight.role() == Weight.Role.LINEAR)
        .anyMatch(weight -> !(encoding(weight) instanceof Encoding.Plain));
  }

  private long stored(Weight weight) {
    return encoding(weight).bytes(weight.shape());
  }

  private Encoding encoding(Weight weight) {
    WeightPlan.Choice choice = plan.choices().get(weight.name());
    if (choice == null) {
      throw new IllegalStateException("no plan for " + weight.name());
    }
    return choice.encoding();
  }
}
