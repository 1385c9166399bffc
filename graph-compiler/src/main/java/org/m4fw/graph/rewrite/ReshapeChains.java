package org.m4fw.graph.rewrite;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.m4fw.graph.fixed.FixedGraph;

/** Reshapes that follow one another as one; none where the shape comes out as it was. */
public record ReshapeChains() implements Rewrite {
  private static final Set<String> RESHAPES =
      Set.of("Reshape", "Squeeze", "Unsqueeze", "Flatten", "Identity");

  @Override
  public String id() {
    return "reshape-chains";
  }

  @Override
  public FixedGraph apply(String file, FixedGraph graph) {
    Map<String, String> origins = new HashMap<>();
    return Rewrite.each(
        file,
        graph,
        (node, operator, steps) -> {
          if (!RESHAPES.contains(operator.type())) {
            steps.keep(node);
            return;
          }
          String x = node.inputs().getFirst();
          String y = node.outputs().getFirst();
          String origin = origins.getOrDefault(x, x);
          origins.put(y, origin);
          List<Long> dims = graph.value(y).dims();
          if (graph.value(origin).dims().equals(dims)) {
            steps.op("Identity", y, origin);
          } else {
            steps.reshape(y, origin, dims);
          }
        });
  }
}
