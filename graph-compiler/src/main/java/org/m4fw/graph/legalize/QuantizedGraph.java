package org.m4fw.graph.legalize;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.graph.ir.ActivationPlan;
import org.m4fw.graph.ir.EncodedWeight;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Layout;
import org.m4fw.graph.ir.Weight;
import org.m4fw.targets.Target;

/**
 * A target's graph together with its weights in the bytes that the target reads.
 *
 * @param weights by name; one for every weight of the graph
 * @param activations how the values between its operators are stored
 */
public record QuantizedGraph(
    TargetGraph target, SortedMap<String, EncodedWeight> weights, ActivationPlan activations) {

  /** A graph whose activations stay in floating point. */
  public QuantizedGraph(TargetGraph target, SortedMap<String, EncodedWeight> weights) {
    this(target, weights, ActivationPlan.none());
  }

  public QuantizedGraph {
    weights = Collections.unmodifiableSortedMap(new TreeMap<>(weights));
    for (String name : target.graph().weights().keySet()) {
      EncodedWeight weight = weights.get(name);
      if (weight == null) {
        throw new IllegalArgumentException("weight " + name + " is not encoded");
      }
      Layout wanted = layout(target.target(), weight.weight(), weight.encoding());
      if (weight.layout() != wanted) {
        throw new IllegalArgumentException(
            "weight %s has layout %s, the target wants %s"
                .formatted(name, weight.layout(), wanted));
      }
    }
  }

  /**
   * The layout in which a target reads a weight. INT8 is shared by all targets in its canonical
   * bytes, but for tables that GatherBlockQuantized reads row by row from the file: it takes only
   * offset binary.
   */
  public static Layout layout(Target target, Weight weight, Encoding encoding) {
    if (encoding instanceof Encoding.Int8PerChannel
        && weight.role() == Weight.Role.EMBEDDING
        && target.supports("com.microsoft", "GatherBlockQuantized")) {
      return Layout.OFFSET_BINARY;
    }
    return target
        .encoding(encoding.id())
        .map(support -> Layout.valueOf(support.layout()))
        .orElse(Layout.CANONICAL);
  }
}
