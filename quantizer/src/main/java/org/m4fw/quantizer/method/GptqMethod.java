package org.m4fw.quantizer.method;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
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
import org.m4fw.quantizer.calibration.LayerInput;
import org.m4fw.quantizer.calibration.LayerWalk;
import org.m4fw.quantizer.gptq.GptqRounding;
import org.m4fw.quantizer.kernel.RowEncoder;
import org.m4fw.quantizer.kernel.ScaleChoice;
import org.m4fw.targets.Target;
import org.m4fw.targets.Targets;

/**
 * GPTQ: linear layers are rounded so that their output on calibration data changes least, layer
 * after layer, each in view of what those before it do now. Weights that it cannot treat are
 * rounded to the nearest: those that several layers share, asymmetric blocks, and, with a warning,
 * those whose inputs are too wide for the memory that there is, or too few.
 *
 * @param leastPositions how many inputs of a layer there have to be
 */
public record GptqMethod(CalibrationData data, long leastPositions) implements QuantizationMethod {
  /** The id. */
  public static final String ID = "gptq";

  /** Whatever there is of inputs is used. */
  public GptqMethod(CalibrationData data) {
    this(data, 1);
  }

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
    walk.warn(weights);
    return walk;
  }

  /** The walk through one model, and afterwards the source of its weights. */
  private final class Walk implements LayerWalk.Visitor, EncodedWeights {
    private final Target host = Targets.find("host");
    private final Job job;
    private final String key;
    private final Set<String> finished = new HashSet<>();
    private final int widest = GptqRounding.widest(Runtime.getRuntime().maxMemory());
    private final Set<String> tooFew = new TreeSet<>();

    /** Of the latest moments: layers that read one value share it. */
    private Optional<Shared> shared = Optional.empty();

    private record Shared(InputMoments moments, GptqRounding.Curve curve) {}

    Walk(Job job) {
      this.job = job;
      this.key = "gptq-%s-%s".formatted(GptqRounding.VERSION, digest(job, widest));
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
    public EncodedWeight visit(Weight weight, LayerInput input) {
      Encoding encoding = encoding(weight);
      Rounding rounding = isKept(weight) ? new Kept(key(weight)) : rounding(weight, input);
      Layout layout = QuantizedGraph.layout(host, weight, encoding);
      return job.store().encode(weight, encoding, layout, rounding).weight();
    }

    private Rounding rounding(Weight weight, LayerInput input) {
      if (input.width() > widest) {
        return new Nearest(key(weight));
      }
      if (input.moments().positions() < leastPositions) {
        tooFew.add(weight.name());
        return new Nearest(key(weight));
      }
      return new GptqRounding(key(weight), curve(input.moments()));
    }

    private GptqRounding.Curve curve(InputMoments moments) {
      if (shared.isEmpty() || !shared.get().moments().equals(moments)) {
        // Two of them might not fit into memory.
        shared = Optional.empty();
        shared =
            Optional.of(new Shared(moments, GptqRounding.curve(moments.gram(), moments.shift())));
      }
      return shared.get().curve();
    }

    void warn(List<Weight> weights) {
      List<Weight> tooWide = weights.stream().filter(w -> w.shape().dim(1) > widest).toList();
      if (!tooWide.isEmpty()) {
        long most = tooWide.stream().mapToLong(weight -> weight.shape().dim(1)).max().orElse(0);
        job.progress()
            .warn(
                "%s: %s layers with more than %s inputs, such as %s, are rounded to the nearest; GPTQ needs more memory for them (M4FW_JAVA_OPTIONS=-Xmx%sg)"
                    .formatted(
                        job.name(),
                        tooWide.size(),
                        widest,
                        tooWide.getFirst().name(),
                        Math.ceilDiv(GptqRounding.memory(most), 1L << 30)));
      }
      if (!tooFew.isEmpty()) {
        job.progress()
            .warn(
                "%s: %s gives %s layers, such as %s, less than %s inputs, of which GPTQ would learn chance; they are rounded to the nearest"
                    .formatted(
                        job.name(),
                        data.file(),
                        tooFew.size(),
                        tooFew.iterator().next(),
                        leastPositions));
      }
    }

    @Override
    public WeightStore.Stored encode(Weight weight, Encoding encoding, Layout layout) {
      return finished.contains(weight.name())
          ? job.store().encode(weight, encoding, layout, new Kept(key(weight)))
          : job.store().encode(weight, encoding, layout);
    }
  }

  /** Of all that the inputs of layers depend on. */
  private Digest digest(Job job, int widest) {
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
    all.put("least_positions", leastPositions);
    all.put("parts", parts);
    all.put("weights", weights);
    long most =
        job.model().weights().values().stream()
            .filter(weight -> weight.shape().rank() == 2)
            .mapToLong(weight -> weight.shape().dim(1))
            .max()
            .orElse(0);
    if (most > widest) {
      all.put("widest", widest);
    }
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

  /** Each number for itself, where a weight's turn is but GPTQ has nothing to offer. */
  private record Nearest(String key) implements Rounding {
    @Override
    public RowEncoder encoder(Encoding encoding) {
      return RowEncoder.roundToNearest(encoding, ScaleChoice.SEARCH);
    }
  }
}
