package org.m4fw.quantizer.calibration;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Weight;
import org.m4fw.quantizer.WeightStore;

/** All that the inputs of the layers of a model depend on, as a digest. */
public final class WalkDigest {
  private WalkDigest() {}

  /**
   * The digest of graphs, weights and data.
   *
   * @param use what is done with a weight, as far as it matters; may be empty
   * @param settings of whoever looks at the inputs, as JSON
   */
  public static Digest of(
      Model model,
      CalibrationData data,
      WeightStore store,
      Function<Weight, String> use,
      Map<String, Object> settings) {
    SortedMap<String, Object> parts = new TreeMap<>();
    model.parts().forEach((part, graph) -> parts.put(part, describe(graph)));
    SortedMap<String, Object> weights = new TreeMap<>();
    for (Weight weight : model.weights().values()) {
      weights.put(weight.name(), store.contentDigest(weight) + " " + use.apply(weight));
    }
    SortedMap<String, Object> all = new TreeMap<>(settings);
    all.put("calibration", data.digest().toString());
    all.put("parts", parts);
    all.put("weights", weights);
    return Digest.of(CanonicalJson.bytes(CanonicalJson.node(all)));
  }

  private static String describe(Graph graph) {
    MessageDigest sha = Digest.sha256();
    sha.update(
        "%s %s %s"
            .formatted(graph.inputs(), graph.nodes(), graph.decoder())
            .getBytes(StandardCharsets.UTF_8));
    graph
        .literals()
        .forEach(
            (name, literal) -> {
              sha.update(
                  (name + literal.type() + literal.shape()).getBytes(StandardCharsets.UTF_8));
              sha.update(literal.bytes());
            });
    return Digest.ofBytes(sha.digest()).toString();
  }
}
