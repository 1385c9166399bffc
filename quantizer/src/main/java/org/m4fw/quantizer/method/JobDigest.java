package org.m4fw.quantizer.method;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Weight;
import org.m4fw.graph.ir.WeightPlan;
import org.m4fw.quantizer.calibration.CalibrationData;

/** All that the inputs of the layers of a model depend on, as a digest. */
final class JobDigest {
  private JobDigest() {}

  /**
   * The digest of graphs, weights, plan and data.
   *
   * @param settings of the method, as JSON
   */
  static Digest of(QuantizationMethod.Job job, CalibrationData data, Map<String, Object> settings) {
    SortedMap<String, Object> parts = new TreeMap<>();
    job.model().parts().forEach((part, graph) -> parts.put(part, describe(graph)));
    SortedMap<String, Object> weights = new TreeMap<>();
    for (Weight weight : job.model().weights().values()) {
      weights.put(
          weight.name(),
          job.store().contentDigest(weight) + " " + encoding(job.plan(), weight).id());
    }
    SortedMap<String, Object> all = new TreeMap<>(settings);
    all.put("calibration", data.digest().toString());
    all.put("parts", parts);
    all.put("weights", weights);
    return Digest.of(CanonicalJson.bytes(CanonicalJson.node(all)));
  }

  /** The encoding of a weight in a plan that has one for it. */
  static Encoding encoding(WeightPlan plan, Weight weight) {
    WeightPlan.Choice choice = plan.choices().get(weight.name());
    if (choice == null) {
      throw new IllegalArgumentException("the plan lacks " + weight.name());
    }
    return choice.encoding();
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
