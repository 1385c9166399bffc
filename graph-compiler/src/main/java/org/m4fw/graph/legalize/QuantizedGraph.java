package org.m4fw.graph.legalize;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.graph.ir.EncodedWeight;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Layout;
import org.m4fw.targets.Target;

/**
 * A target's graph together with its weights in the bytes that the target reads.
 *
 * @param weights by name; one for every weight of the graph
 */
public record QuantizedGraph(TargetGraph target, SortedMap<String, EncodedWeight> weights) {
  public QuantizedGraph {
    weights = Collections.unmodifiableSortedMap(new TreeMap<>(weights));
    for (String name : target.graph().weights().keySet()) {
      EncodedWeight weight = weights.get(name);
      if (weight == null) {
        throw new IllegalArgumentException("weight " + name + " is not encoded");
      }
      Layout wanted = layout(target.target(), weight.encoding());
      if (weight.layout() != wanted) {
        throw new IllegalArgumentException(
            "weight %s has layout %s, the target wants %s"
                .formatted(name, weight.layout(), wanted));
      }
    }
  }

  /** The layout in which a target reads an encoding. */
  public static Layout layout(Target target, Encoding encoding) {
    return target
        .encoding(encoding.id())
        .map(support -> Layout.valueOf(support.layout()))
        .orElse(Layout.CANONICAL);
  }
}
