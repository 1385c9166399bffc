package org.m4fw.adapter.lite;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.lora.LoraAssembly;
import org.m4fw.adapter.lora.LoraPair;
import org.m4fw.base.digest.Digest;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.SafetensorsWriter;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;
import org.m4fw.checkpoint.TensorInfo;

/**
 * An adapter in the ranks and types of a graph of LiteRT: safetensors without metadata, of each
 * attachment point that it has {@code P.lora_A.weight} [rank, in] and {@code P.lora_B.weight} [out,
 * rank], the factor of the branch multiplied into B, what a smaller rank leaves empty filled with
 * zeros. Inputs of a graph that it lacks take zeros.
 *
 * <p>In F32 all of it is exact. Of whole numbers a graph says what a step is; each row of A is
 * stretched to use all of them, which its column of B makes up for, and both are rounded to the
 * nearest. The steps are then in the file as well, as {@code P.lora_A.weight.scale} [1].
 */
public final class LiteForm {
  private static final String SCALE = ".scale";

  private final List<LiteMatrix> matrices;

  private LiteForm(List<LiteMatrix> matrices) {
    this.matrices = matrices;
  }

  /**
   * The form for a graph.
   *
   * @param file the adapter, for messages
   * @param slots what the graph takes, by name
   * @throws org.m4fw.base.problem.ProblemException with a {@link LiteAdapterError}
   */
  public static LiteForm of(String file, LoraAdapter adapter, SortedMap<String, LiteSlot> slots) {
    return of(
        file,
        adapter,
        slots,
        (pair, a, b) -> LiteMatrix.of(file, pair, factor(adapter, pair), a, b));
  }

  /** The same with A and B balanced as whole numbers will be, and not rounded. */
  public static LiteForm balanced(
      String file, LoraAdapter adapter, SortedMap<String, LiteSlot> slots) {
    return of(
        file,
        adapter,
        slots,
        (pair, a, b) -> LiteMatrix.balanced(pair, factor(adapter, pair), a, b));
  }

  /** What makes the matrices of a pair. */
  private interface Maker {
    List<LiteMatrix> make(LoraPair pair, LiteSlot a, LiteSlot b);
  }

  private static double factor(LoraAdapter adapter, LoraPair pair) {
    return adapter.scaling().factor(pair.alpha(), pair.rank());
  }

  private static LiteForm of(
      String file, LoraAdapter adapter, SortedMap<String, LiteSlot> slots, Maker maker) {
    if (slots.isEmpty()) {
      throw LiteAdapterError.NO_SLOTS.at(file, "");
    }
    unfit(adapter)
        .ifPresent(
            what -> {
              throw LiteAdapterError.MATRICES_ONLY.at(file, "", what);
            });
    List<LiteMatrix> matrices = new ArrayList<>();
    for (LoraPair pair : adapter.pairs()) {
      LiteSlot a = slot(file, pair.point().inputA(), slots);
      LiteSlot b = slot(file, pair.point().inputB(), slots);
      require(file, pair, a, b);
      matrices.addAll(maker.make(pair, a, b));
    }
    matrices.sort(Comparator.comparing(matrix -> matrix.slot().name()));
    requireOneRank(file, matrices);
    return new LiteForm(matrices);
  }

  /** Forms are told apart by it. */
  private static void requireOneRank(String file, List<LiteMatrix> matrices) {
    for (LiteMatrix matrix : matrices) {
      if (matrix.rank() != matrices.getFirst().rank()) {
        throw LiteAdapterError.BAD_SLOT.at(
            file, matrix.slot().name(), matrix.slot().shape(), "one rank at all points");
      }
    }
  }

  /** What an adapter changes besides adding products to layers, if it does. */
  private static Optional<String> unfit(LoraAdapter adapter) {
    if (adapter.scalesRows()) {
      return Optional.of("it is DoRA, and outputs have no scales there");
    }
    if (!adapter.replaced().isEmpty()) {
      return Optional.of(
          "it brings %s, and weights are fixed".formatted(adapter.replaced().firstKey()));
    }
    if (!adapter.extras().isEmpty()) {
      return Optional.of(adapter.extras().text());
    }
    return adapter.pairs().stream()
        .filter(LoraPair::table)
        .findFirst()
        .map(pair -> "it changes the table %s".formatted(pair.point().name()));
  }

  private static LiteSlot slot(String file, String name, SortedMap<String, LiteSlot> slots) {
    LiteSlot slot = slots.get(name);
    if (slot == null) {
      throw LiteAdapterError.NO_SUCH_POINT.at(file, name);
    }
    return slot;
  }

  private static void require(String file, LoraPair pair, LiteSlot a, LiteSlot b) {
    boolean fitting =
        a.shape().rank() == 2
            && b.shape().rank() == 2
            && b.shape().dim(1) == a.shape().dim(0)
            && a.scale().isPresent() == b.scale().isPresent();
    if (!fitting) {
      throw LiteAdapterError.BAD_SLOT.at(
          file, b.name(), b.shape(), "[out, rank] as A has, which is %s".formatted(a.shape()));
    }
    long most = a.shape().dim(0);
    if (most > LoraAssembly.MAX_RANK) {
      throw LiteAdapterError.BAD_SLOT.at(
          file, a.name(), a.shape(), "a rank of up to " + LoraAssembly.MAX_RANK);
    }
    shape(file, a.name(), pair.down().shape(), Shape.of(pair.rank(), a.shape().dim(1)));
    shape(file, b.name(), pair.up().shape(), Shape.of(b.shape().dim(0), pair.rank()));
    if (pair.rank() > most) {
      throw LiteAdapterError.RANK_TOO_LARGE.at(file, pair.point().name(), pair.rank(), most);
    }
  }

  private static void shape(String file, String item, Shape found, Shape expected) {
    if (!found.equals(expected)) {
      throw LiteAdapterError.WRONG_SHAPE.at(file, item, found, expected);
    }
  }

  /**
   * What tells forms of one adapter apart: {@code lite-f32-r16}; of whole numbers the steps, too.
   */
  public String id() {
    long rank = matrices.stream().mapToLong(LiteMatrix::rank).max().orElse(0);
    return scales().isEmpty()
        ? "lite-f32-r" + rank
        : "lite-i8-r%s-%s".formatted(rank, steps().hex().substring(0, 16));
  }

  /** The matrices by the names of inputs. */
  public SortedMap<String, MemorySegment> matrices() {
    SortedMap<String, MemorySegment> named = new TreeMap<>();
    matrices.forEach(matrix -> named.put(matrix.slot().name(), matrix.data()));
    return named;
  }

  private SortedMap<String, Float> scales() {
    SortedMap<String, Float> scales = new TreeMap<>();
    matrices.forEach(
        matrix -> matrix.slot().scale().ifPresent(s -> scales.put(matrix.slot().name(), s)));
    return scales;
  }

  private Digest steps() {
    return Digest.of(scales().toString().getBytes(StandardCharsets.UTF_8));
  }

  /** Steps first, so that wider types are. */
  private List<TensorInfo> tensors() {
    List<TensorInfo> tensors = new ArrayList<>();
    scales().keySet().forEach(name -> tensors.add(scale(name)));
    matrices.forEach(
        matrix ->
            tensors.add(
                new TensorInfo(matrix.slot().name(), matrix.dtype(), matrix.slot().shape())));
    return tensors;
  }

  private static TensorInfo scale(String name) {
    return new TensorInfo(name + SCALE, DType.F32, Shape.of(1));
  }

  /**
   * The slots of a file that this class wrote, or that looks like it, by name.
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link LiteAdapterError#BAD_FORM}
   */
  public static SortedMap<String, LiteSlot> slots(String file, SortedMap<String, Tensor> tensors) {
    SortedMap<String, LiteSlot> slots = new TreeMap<>();
    tensors.forEach(
        (name, tensor) -> {
          if (!name.endsWith(SCALE)) {
            slots.put(name, new LiteSlot(name, tensor.shape(), scale(file, name, tensors)));
          }
        });
    return slots;
  }

  private static Optional<Float> scale(
      String file, String name, SortedMap<String, Tensor> tensors) {
    Tensor scale = tensors.get(name + SCALE);
    if (scale == null) {
      return Optional.empty();
    }
    boolean one = scale.dtype() == DType.F32 && scale.shape().equals(Shape.of(1));
    float value = one ? TensorFloats.all(scale)[0] : 0;
    if (!(value >= Float.MIN_NORMAL) || value == Float.POSITIVE_INFINITY) {
      throw LiteAdapterError.BAD_FORM.at(file, scale.name(), value, "one positive number");
    }
    return Optional.of(value);
  }

  /** Whether a file holds exactly this, to the last byte. */
  public boolean isHeldBy(MemorySegment file) {
    long at = 0;
    for (MemorySegment part : parts()) {
      long end = at + part.byteSize();
      if (end > file.byteSize() || file.asSlice(at, part.byteSize()).mismatch(part) != -1) {
        return false;
      }
      at = end;
    }
    return at == file.byteSize();
  }

  /** The bytes of the file, in pieces. */
  public List<MemorySegment> parts() {
    List<MemorySegment> parts = new ArrayList<>();
    parts.add(MemorySegment.ofArray(SafetensorsWriter.header(tensors(), Map.of())));
    scales().values().forEach(step -> parts.add(MemorySegment.ofArray(new float[] {step})));
    matrices.forEach(matrix -> parts.add(matrix.data()));
    return parts;
  }
}
