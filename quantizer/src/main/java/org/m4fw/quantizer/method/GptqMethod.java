package org.m4fw.quantizer.method;

import java.util.Comparator;
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
 * those whose inputs are too few. Layers that are too wide for the memory that there is are rounded
 * in segments of their inputs.
 *
 * @param leastPositions how many inputs of a layer there have to be
 * @param memory what there is, in bytes
 */
public record GptqMethod(CalibrationData data, long leastPositions, long memory)
    implements QuantizationMethod {
  /** The id. */
  public static final String ID = "gptq";

  /** Whatever there is of inputs is used. */
  public GptqMethod(CalibrationData data) {
    this(data, 1);
  }

  /** In the memory of this process. */
  public GptqMethod(CalibrationData data, long leastPositions) {
    this(data, leastPositions, Runtime.getRuntime().maxMemory());
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
    private final Set<String> tooFew = new TreeSet<>();

    /** Of the latest input: layers that read one value share it. */
    private Optional<Shared> shared = Optional.empty();

    private record Shared(LayerInput input, GptqRounding.Curve curve) {}

    Walk(Job job) {
      this.job = job;
      this.key = "gptq-%s-%s".formatted(GptqRounding.VERSION, digest(job));
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
      return job.encoding(weight);
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
      if (input.positions() < leastPositions) {
        tooFew.add(weight.name());
        return new Nearest(nearestKey(weight));
      }
      return new GptqRounding(key(weight), curve(weight, input));
    }

    private GptqRounding.Curve curve(Weight weight, LayerInput input) {
      if (shared.isEmpty() || shared.get().input() != input) {
        // Two of them might not fit into memory.
        shared = Optional.empty();
        int segment = GptqRounding.segment(input.width(), memory);
        if (segment == 0) {
          throw MethodError.TOO_WIDE.at(data.file(), weight.name(), input.width(), memory >> 20);
        }
        shared =
            Optional.of(
                new Shared(input, GptqRounding.curve(input.width(), segment, input::moments)));
      }
      return shared.get().curve();
    }

    private boolean isSegmented(Weight weight) {
      int width = Math.toIntExact(weight.shape().dim(1));
      int segment = GptqRounding.segment(width, memory);
      return segment > 0 && segment < width;
    }

    void warn(List<Weight> weights) {
      List<Weight> wide = weights.stream().filter(this::isSegmented).toList();
      if (!wide.isEmpty()) {
        Weight widest =
            wide.stream().max(Comparator.comparingLong(each -> each.shape().dim(1))).orElseThrow();
        int width = Math.toIntExact(widest.shape().dim(1));
        job.progress()
            .warn(
                "%s: %s layers are rounded in segments, such as %s, whose %s inputs make %s; treated together they need more memory (M4FW_JAVA_OPTIONS=-Xmx%sg)"
                    .formatted(
                        job.name(),
                        wide.size(),
                        widest.name(),
                        width,
                        Math.ceilDiv(width, GptqRounding.segment(width, memory)),
                        Math.ceilDiv(GptqRounding.memory(width), 1L << 30)));
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

  private Digest digest(Job job) {
    SortedMap<String, Object> settings = new TreeMap<>();
    settings.put("least_positions", leastPositions);
    for (Weight weight : job.model().weights().values()) {
      if (weight.shape().rank() == 2) {
        int width = Math.toIntExact(weight.shape().dim(1));
        int segment = GptqRounding.segment(width, memory);
        if (segment < width) {
          settings.put("segment_of_" + width, segment);
        }
      }
    }
    return job.digest(data, settings);
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
