package org.m4fw.adapter.lora;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;
import org.m4fw.graph.ir.AttachmentPoint;

/** Puts the matrices that a file holds together to pairs and checks all but the fit to a model. */
public final class LoraAssembly {
  /** Far above what is trained; bounds what a graph has to reserve. */
  public static final int MAX_RANK = 1024;

  /** Numbers in a matrix; more than any layer of a phone's model needs at any rank. */
  private static final long MAX_COUNT = 1L << 28;

  /** Far above what is trained; anything more is a damaged number. */
  public static final double MAX_ALPHA = 1e6;

  /** Far below what is trained, and the least that packages can state exactly. */
  public static final double MIN_ALPHA = 1e-6;

  private final Path file;
  private final SortedMap<String, Tensor> downs = new TreeMap<>();
  private final SortedMap<String, Tensor> ups = new TreeMap<>();
  private final SortedMap<String, Tensor> magnitudes = new TreeMap<>();
  private final SortedMap<String, Tensor> replaced = new TreeMap<>();
  private final SortedMap<String, Tensor> biases = new TreeMap<>();
  private final SortedMap<String, List<Long>> kernels = new TreeMap<>();
  private final SortedSet<String> tables = new TreeSet<>();
  private final boolean dora;

  public LoraAssembly(Path file) {
    this(file, false);
  }

  /**
   * An empty one.
   *
   * @param dora whether every point has to have a magnitude
   */
  public LoraAssembly(Path file, boolean dora) {
    this.file = file;
    this.dora = dora;
  }

  /** What the configuration says about one point. */
  public record Declared(int rank, double alpha) {}

  /** Where ranks and alphas come from. */
  @FunctionalInterface
  public interface Declarations {
    /** For the point with this name. */
    Declared of(String point);
  }

  /** Adds A [rank, in]; false if the point has one already. */
  public boolean addDown(String point, Tensor down) {
    return downs.putIfAbsent(point, down) == null;
  }

  /** Adds B [out, rank]; false if the point has one already. */
  public boolean addUp(String point, Tensor up) {
    return ups.putIfAbsent(point, up) == null;
  }

  /** Adds the magnitude [out] of DoRA; false if the point has one already. */
  public boolean addMagnitude(String point, Tensor magnitude) {
    return magnitudes.putIfAbsent(point, magnitude) == null;
  }

  /** Adds what a branch adds beside its product [out]; false if the point has some already. */
  public boolean addBias(String point, Tensor bias) {
    return biases.putIfAbsent(point, bias) == null;
  }

  /** Says that a point is a table of embeddings and no layer. */
  public void addTable(String point) {
    tables.add(point);
  }

  /** Says that a point is a convolution with a kernel of these sizes; a layer for none. */
  public void addKernel(String point, List<Long> sizes) {
    kernels.put(point, sizes);
  }

  /** Adds a whole weight that takes the place of the base's; false if there is one already. */
  public boolean addReplaced(String weight, Tensor tensor) {
    return replaced.putIfAbsent(weight, tensor) == null;
  }

  /** What each matrix A says about its rank, for formats that do not say it elsewhere. */
  public Declarations declaredByShapes(double alpha) {
    return point ->
        new Declared(
            (int)
                Optional.ofNullable(downs.get(point))
                    .filter(down -> down.shape().rank() >= 2 && down.shape().dim(0) <= MAX_RANK)
                    .map(down -> down.shape().dim(0))
                    .orElse(0L)
                    .longValue(),
            alpha);
  }

  /**
   * All pairs, every value looked at.
   *
   * @param source the file that declares ranks and alphas, for messages
   * @throws org.m4fw.base.problem.ProblemException with a {@link LoraError}
   */
  public LoraAdapter adapter(LoraScaling scaling, String source, Declarations declarations) {
    List<LoraExtras.Convolution> convolutions = convolutions(source, declarations);
    List<LoraPair> pairs =
        convolutions.isEmpty() || !downs.isEmpty() || !ups.isEmpty()
            ? pairs(source, declarations)
            : List.of();
    List<String> warnings = new ArrayList<>();
    int silent = 0;
    for (LoraPair pair : pairs) {
      boolean noInput = LoraValues.requireFinite(pair.down()) == LoraValues.Content.ZERO;
      float factor = (float) scaling.factor(pair.alpha(), pair.rank());
      boolean noOutput = LoraValues.requireFinite(pair.up(), factor) == LoraValues.Content.ZERO;
      // Trainers begin with a B of zeros, at tables with an A.
      if (noOutput || (noInput && pair.table())) {
        silent++;
      }
    }
    if (silent > 0) {
      warnings.add(
          "%s of %s B matrices are all zero: they have no effect%s"
              .formatted(
                  silent,
                  pairs.size(),
                  silent == pairs.size() ? "; the adapter looks untrained" : ""));
    }
    replaced.values().forEach(this::requireNumbers);
    return new LoraAdapter(
        scaling, pairs, replaced, new LoraExtras(convolutions, biases(pairs)), warnings);
  }

  private List<LoraExtras.Bias> biases(List<LoraPair> pairs) {
    List<LoraExtras.Bias> found = new ArrayList<>();
    SortedMap<String, LoraPair> known = new TreeMap<>();
    pairs.forEach(pair -> known.put(pair.point().name(), pair));
    for (Map.Entry<String, Tensor> entry : biases.entrySet()) {
      Tensor bias = entry.getValue();
      LoraPair pair =
          Optional.ofNullable(known.get(entry.getKey()))
              .orElseThrow(
                  () ->
                      LoraError.MISSING_PARTNER.at(file, entry.getKey(), "lora_B.bias", "lora_B"));
      Shape expected = Shape.of(pair.point().out());
      if (!bias.shape().equals(expected)) {
        throw LoraError.WRONG_BIAS.at(file, bias.name(), bias.shape(), expected);
      }
      requireNumbers(bias);
      found.add(new LoraExtras.Bias(pair, bias));
    }
    return found;
  }

  /** Takes the pairs of convolutions out of the others: their matrices have a kernel's axes. */
  private List<LoraExtras.Convolution> convolutions(String source, Declarations declarations) {
    List<LoraExtras.Convolution> found = new ArrayList<>();
    for (String layer : List.copyOf(downs.keySet())) {
      Tensor down = downs.get(layer);
      Tensor up = ups.get(layer);
      if (down != null && up != null && isKernel(down) && isKernel(up)) {
        downs.remove(layer);
        ups.remove(layer);
        found.add(convolution(layer, down, up, source, declarations.of(layer)));
      }
    }
    return found;
  }

  private static boolean isKernel(Tensor tensor) {
    return tensor.shape().rank() == 3 || tensor.shape().rank() == 4;
  }

  private LoraExtras.Convolution convolution(
      String layer, Tensor down, Tensor up, String source, Declared declared) {
    for (Tensor tensor : List.of(down, up)) {
      if (tensor.shape().count() > MAX_COUNT) {
        throw LoraError.TOO_LARGE.at(file, tensor.name(), tensor.shape(), MAX_COUNT);
      }
      requireNumbers(tensor);
    }
    if (magnitudes.containsKey(layer)) {
      throw LoraError.SCALED_CONVOLUTION.at(file, layer);
    }
    int rank = rank(down, up, source, declared);
    requireAlpha(layer, source, declared);
    return new LoraExtras.Convolution(layer, rank, declared.alpha(), down, up);
  }

  /**
   * All pairs, sorted by point, by their shapes alone: no value of a matrix is looked at.
   *
   * @param source the file that declares ranks and alphas, for messages
   * @throws org.m4fw.base.problem.ProblemException with a {@link LoraError}
   */
  public List<LoraPair> pairs(String source, Declarations declarations) {
    SortedSet<String> points = new TreeSet<>(downs.keySet());
    points.addAll(ups.keySet());
    points.addAll(magnitudes.keySet());
    if (points.isEmpty()) {
      throw LoraError.NO_PAIRS.at(file, "");
    }
    return points.stream().map(point -> pair(point, source, declarations.of(point))).toList();
  }

  private LoraPair pair(String point, String source, Declared declared) {
    Tensor down = require(point, downs, "lora_A", "lora_B");
    Tensor up = require(point, ups, "lora_B", "lora_A");
    int rank = rank(down, up, source, declared);
    requireAlpha(point, source, declared);
    AttachmentPoint attachment =
        new AttachmentPoint(point, down.shape().dim(1), up.shape().dim(0))
            .withKernel(kernels.getOrDefault(point, List.of()));
    return new LoraPair(
        attachment,
        rank,
        declared.alpha(),
        down,
        up,
        magnitude(point, up.shape().dim(0)),
        tables.contains(point));
  }

  private static void requireAlpha(String point, String source, Declared declared) {
    if (!(declared.alpha() >= MIN_ALPHA) || declared.alpha() > MAX_ALPHA) {
      throw LoraError.BAD_ALPHA.at(source, point, declared.alpha(), MIN_ALPHA, MAX_ALPHA);
    }
  }

  /** What both matrices and the declaration agree on. */
  private int rank(Tensor down, Tensor up, String source, Declared declared) {
    long rank = down.shape().dim(0);
    if (rank == 0) {
      throw LoraError.RANK_ZERO.at(file, down.name());
    }
    if (rank > MAX_RANK) {
      throw LoraError.RANK_TOO_LARGE.at(file, down.name(), rank, MAX_RANK);
    }
    if (rank != declared.rank()) {
      throw LoraError.RANK_MISMATCH.at(file, down.name(), rank, declared.rank(), source);
    }
    if (up.shape().dim(1) != rank) {
      throw LoraError.RANK_MISMATCH.at(file, up.name(), up.shape().dim(1), rank, down.name());
    }
    return (int) rank;
  }

  /** DoRA is all or nothing: PEFT trains a magnitude for every layer, or for none. */
  private Optional<Tensor> magnitude(String point, long out) {
    Optional<Tensor> magnitude = Optional.ofNullable(magnitudes.get(point));
    if (magnitude.isEmpty() && dora) {
      throw LoraError.MISSING_MAGNITUDE.at(file, point);
    }
    magnitude.ifPresent(
        tensor -> {
          if (!tensor.shape().equals(Shape.of(out))) {
            throw LoraError.WRONG_MAGNITUDE.at(file, tensor.name(), tensor.shape(), Shape.of(out));
          }
          requireNumbers(tensor);
        });
    return magnitude;
  }

  private void requireNumbers(Tensor tensor) {
    if (!TensorFloats.canRead(tensor.dtype())) {
      throw LoraError.NOT_FLOAT.at(file, tensor.name(), tensor.dtype());
    }
    if (tensor.shape().rank() > 0) {
      LoraValues.requireFinite(tensor);
    }
  }

  private Tensor require(
      String point, SortedMap<String, Tensor> wanted, String wantedName, String otherName) {
    Tensor tensor =
        Optional.ofNullable(wanted.get(point))
            .orElseThrow(() -> LoraError.MISSING_PARTNER.at(file, point, otherName, wantedName));
    if (tensor.shape().rank() != 2) {
      throw LoraError.NOT_A_MATRIX.at(file, tensor.name(), tensor.shape());
    }
    if (tensor.shape().count() > MAX_COUNT) {
      throw LoraError.TOO_LARGE.at(file, tensor.name(), tensor.shape(), MAX_COUNT);
    }
    if (!TensorFloats.canRead(tensor.dtype())) {
      throw LoraError.NOT_FLOAT.at(file, tensor.name(), tensor.dtype());
    }
    return tensor;
  }
}
