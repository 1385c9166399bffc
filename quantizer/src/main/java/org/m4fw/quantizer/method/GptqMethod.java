package org.m4fw.quantizer.method;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.m4fw.base.digest.Digest;
import org.m4fw.graph.ir.EncodedWeight;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Layout;
import org.m4fw.graph.ir.Weight;
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
  public Prepared prepare(Job job) {
    Walk walk = new Walk(job);
    List<Weight> weights = LayerWalk.weights(job.model(), data, walk);
    if (!weights.stream().allMatch(walk::isKept)) {
      LayerWalk.run(job.name(), job.model(), data, walk, job.progress());
    }
    weights.forEach(weight -> walk.finished.add(weight.name()));
    walk.warn(weights);
    long fallen = weights.stream().filter(walk::fellBack).count();
    return fallen == weights.size()
        ? new Prepared(
            RoundToNearestMethod.ID,
            "which GPTQ can use for none of its layers",
            walk.key,
            job.model(),
            walk)
        : new Prepared(ID, remark(fallen, weights.size()), walk.key, job.model(), walk);
  }

  private static String remark(long fallen, int layers) {
    return fallen == 0 ? "" : "%s of %s layers to the nearest".formatted(fallen, layers);
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

    /** Kept under another key, so that it can be said afterwards what became of a weight. */
    private String nearestKey(Weight weight) {
      return "nearest-" + key(weight);
    }

    /** Under which of its keys a weight is in the store. */
    private Optional<String> kept(Weight weight) {
      return Stream.of(key(weight), nearestKey(weight))
          .filter(each -> job.store().holds(weight, encoding(weight), each))
          .findFirst();
    }

    boolean isKept(Weight weight) {
      return kept(weight).isPresent();
    }

    boolean fellBack(Weight weight) {
      return kept(weight).filter(nearestKey(weight)::equals).isPresent();
    }

    private Encoding encoding(Weight weight) {
      return JobDigest.encoding(job.plan(), weight);
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
      Rounding rounding =
          kept(weight).<Rounding>map(Kept::new).orElseGet(() -> rounding(weight, input));
      Layout layout = QuantizedGraph.layout(host, weight, encoding);
      return job.store().encode(weight, encoding, layout, rounding).weight();
    }

    private Rounding rounding(Weight weight, LayerInput input) {
      if (input.width() > widest) {
        return new Nearest(nearestKey(weight));
      }
      if (input.moments().positions() < leastPositions) {
        tooFew.add(weight.name());
        return new Nearest(nearestKey(weight));
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
          ? job.store()
              .encode(weight, encoding, layout, new Kept(kept(weight).orElseGet(() -> key(weight))))
          : job.store().encode(weight, encoding, layout);
    }
  }

  private Digest digest(Job job, int widest) {
    SortedMap<String, Object> settings = new TreeMap<>();
    settings.put("least_positions", leastPositions);
    long most =
        job.model().weights().values().stream()
            .filter(weight -> weight.shape().rank() == 2)
            .mapToLong(weight -> weight.shape().dim(1))
            .max()
            .orElse(0);
    if (most > widest) {
      settings.put("widest", widest);
    }
    return JobDigest.of(job, data, settings);
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
