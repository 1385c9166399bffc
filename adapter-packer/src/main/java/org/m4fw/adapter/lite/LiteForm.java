package org.m4fw.adapter.lite;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.lora.LoraPair;
import org.m4fw.checkpoint.SafetensorsWriter;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorInfo;

/**
 * An adapter in the ranks and types of a graph of LiteRT: safetensors without metadata, sorted by
 * name, of each attachment point that it has {@code P.lora_A.weight} [rank, in] and {@code
 * P.lora_B.weight} [out, rank], the factor of the branch multiplied into B, what a smaller rank
 * leaves empty filled with zeros. All of it is exact. Inputs of a graph that it lacks take zeros.
 */
public final class LiteForm {
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
      matrices.addAll(
          LiteMatrix.of(pair, adapter.scaling().factor(pair.alpha(), pair.rank()), a, b));
    }
    matrices.sort(Comparator.comparing(matrix -> matrix.slot().name()));
    return new LiteForm(matrices);
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
    if (a.shape().rank() != 2 || b.shape().rank() != 2 || b.shape().dim(1) != a.shape().dim(0)) {
      throw LiteAdapterError.BAD_SLOT.at(
          file, b.name(), b.shape(), "[out, rank], of A, which is %s".formatted(a.shape()));
    }
    long most = a.shape().dim(0);
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

  /** What tells forms of one adapter apart: {@code lite-f32-r16}. */
  public String id() {
    long rank = matrices.stream().mapToLong(LiteMatrix::rank).max().orElse(0);
    return "lite-f32-r" + rank;
  }

  private List<TensorInfo> tensors() {
    return matrices.stream()
        .map(matrix -> new TensorInfo(matrix.slot().name(), matrix.dtype(), matrix.slot().shape()))
        .toList();
  }

  /** The slots of a file that this class wrote, or that looks like it, by name. */
  public static SortedMap<String, LiteSlot> slots(SortedMap<String, Tensor> tensors) {
    SortedMap<String, LiteSlot> slots = new TreeMap<>();
    tensors.forEach((name, tensor) -> slots.put(name, new LiteSlot(name, tensor.shape())));
    return slots;
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
    matrices.forEach(matrix -> parts.add(matrix.data()));
    return parts;
  }
}
