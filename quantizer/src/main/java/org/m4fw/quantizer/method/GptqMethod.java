package org.m4fw.quantizer.method;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.graph.ir.EncodedWeight;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Layout;
import org.m4fw.graph.ir.Weight;
import org.m4fw.graph.ir.WeightPlan;
import org.m4fw.graph.legalize.QuantizedGraph;
import org.m4fw.quantizer.EncodedWeights;
import org.m4fw.quantizer.Rounding;
import org.m4fw.quantizer.WeightStore;
import org.m4fw.quantizer.calibration.CalibrationData;
import org.m4fw.quantizer.calibration.InputMoments;
import org.m4fw.quantizer.calibration.LayerWalk;
import org.m4fw.quantizer.gptq.GptqRounding;
import org.m4fw.quantizer.kernel.RowEncoder;
import org.m4fw.targets.Target;
import org.m4fw.targets.Targets;

/**
 * GPTQ: linear layers are rounded so that their output on calibration data changes least, layer
 * after layer, each in view of what those before it do now. Weights that it cannot treat are
 * rounded to the nearest: those that several layers share, and asymmetric blocks.
 */
public record GptqMethod(CalibrationData data) implements QuantizationMethod {
  /** The id. */
  public static final String ID = "gptq";

  @Override
  public String id() {
    return ID;
  }

  @Override
  public EncodedWeights prepare(Job job) {
    Walk walk = new Walk(job);
    List<Weight> weights = LayerWalk.weights(job.model(), data, walk);
    if (!weights.stream().allMatch(walk::isKept)) {
      LayerWalk.run(job.name(), job.model(), data, walk, job.progress());
    }
    weights.forEach(weight -> walk.finished.add(weight.name()));
    return walk;
  }

  /** The walk through one model, and afterwards the source of its weights. */
  private final class Walk implements LayerWalk.Visitor, EncodedWeights {
    private final Target host = Targets.find("host");
    private final Job job;
    private final String key;
    private final Set<String> finished = new HashSet<>();

    /** Of the latest moments: layers that read one value share it. */
    private Optional<Shared> shared = Optional.empty();

    private record Shared(InputMoments moments, GptqRounding.Curve curve) {}

    Walk(Job job) {
      this.job = job;
      this.key = "gptq-%s-%s".formatted(GptqRounding.VERSION, digest(job));
    }

    /** Weights of the same content at other places are rounded in view of other inputs. */
    private String key(Weight weight) {
      return key + "-" + weight.name();
    }

    boolean isKept(Weight weight) {
      return job.store().holds(weight, encoding(weight), key(weight));
    }

    private Encoding encoding(Weight weight) {
      return encoding(job.plan(), weight);
    }

    static Encoding encoding(WeightPlan plan, Weight weight) {
      WeightPlan.Choice choice = plan.choices().get(weight.name());
      if (choice == null) {
        throw new IllegalArgumentException("the plan lacks " + weight.name());
      }
      return choice.encoding();
    }

    @Override
    public boolean stopsFor(Weight weight) {
      boolean linear = weight.role() == Weight.Role.LINEAR || weight.role() == Weight.Role.HEAD;
      return linear
          && weight.shape().rank() == 2
          && weight.source() instanceof Weight.Source.Stored
          && GptqRounding.takes(encoding(weight));
    }

    @Override
    public EncodedWeight passing(Weight weight) {
      return stored(weight, encoding(weight));
    }

    @Override
    public EncodedWeight original(Weight weight) {
      return stored(weight, WeightStore.comesAs(weight));
    }

    private EncodedWeight stored(Weight weight, Encoding encoding) {
      Layout layout = QuantizedGraph.layout(host, weight, encoding);
      return job.store().encode(weight, encoding, layout).weight();
    }

    @Override
    public EncodedWeight visit(Weight weight, Supplier<InputMoments> moments) {
      Encoding encoding = encoding(weight);
      Rounding rounding =
          isKept(weight)
              ? new Kept(key(weight))
              : new GptqRounding(key(weight), curve(moments.get()));
      Layout layout = QuantizedGraph.layout(host, weight, encoding);
      return job.store().encode(weight, encoding, layout, rounding).weight();
    }

    private GptqRounding.Curve curve(InputMoments moments) {
      if (shared.isEmpty() || !shared.get().moments().equals(moments)) {
        shared =
            Optional.of(new Shared(moments, GptqRounding.curve(moments.gram(), moments.shift())));
      }
      return shared.get().curve();
    }

    @Override
    public WeightStore.Stored encode(Weight weight, Encoding encoding, Layout layout) {
      return finished.contains(weight.name())
          ? job.store().encode(weight, encoding, layout, new Kept(key(weight)))
          : job.store().encode(weight, encoding, layout);
    }
  }

  /** Of all that the inputs of layers depend on. */
  private Digest digest(Job job) {
    SortedMap<String, Object> parts = new TreeMap<>();
    job.model().parts().forEach((part, graph) -> parts.put(part, describe(graph)));
    SortedMap<String, Object> weights = new TreeMap<>();
    for (Weight weight : job.model().weights().values()) {
      weights.put(
          weight.name(),
          job.store().contentDigest(weight) + " " + Walk.encoding(job.plan(), weight).id());
    }
    SortedMap<String, Object> all = new TreeMap<>();
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

  /** The rounding of a weight that is in the store. */
  private record Kept(String key) implements Rounding {
    @Override
    public RowEncoder encoder(Encoding encoding) {
      throw new IllegalStateException("somebody removed a weight from the cache during the build");
    }
  }
}
