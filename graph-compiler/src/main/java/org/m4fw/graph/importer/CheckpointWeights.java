package org.m4fw.graph.importer;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Extent;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;
import org.m4fw.graph.ir.Literal;
import org.m4fw.graph.ir.Weight;

/**
 * Hands a checkpoint's weights to an importer and keeps account: what was asked for and is not
 * there, and what is there and was not asked for. Both are told at once, by {@link #checkComplete}.
 */
final class CheckpointWeights {
  private final String file;
  private final Map<String, Stored> all;
  private final SortedMap<String, Stored> unused;
  private final List<String> missing = new ArrayList<>();
  private final SortedMap<String, Long> leftOut = new TreeMap<>();

  /**
   * A weight as the checkpoint holds it.
   *
   * @param shape of the numbers, however they are packed
   * @param inputFactors what the input of its layer is multiplied by, if it is
   */
  record Stored(Shape shape, Weight.Source source, Optional<Literal> inputFactors) {
    /** Whose input is taken as it is. */
    Stored(Shape shape, Weight.Source source) {
      this(shape, source, Optional.empty());
    }
  }

  CheckpointWeights(String file, Map<String, Stored> stored) {
    this.file = file;
    this.all = Map.copyOf(stored);
    this.unused = new TreeMap<>(stored);
  }

  /** The same weights for another form of the model, with an account of its own. */
  CheckpointWeights again() {
    return new CheckpointWeights(file, all);
  }

  /**
   * The weight of this name. One that is missing is remembered, and a placeholder without elements
   * stands in for it until {@link #checkComplete} refuses the checkpoint.
   */
  Weight take(String name, Weight.Role role, Shape expected) {
    Stored stored = unused.remove(name);
    if (stored == null) {
      missing.add(name);
      return new Weight(name, role, expected, new Weight.Source.Stored(nothing(name, expected)));
    }
    if (!stored.shape().equals(expected)) {
      throw ImportError.WRONG_SHAPE.at(file, name, stored.shape(), expected);
    }
    if (stored.source() instanceof Weight.Source.Stored(Tensor tensor)) {
      switch (tensor.dtype()) {
        case F32, F16, BF16 -> {}
        default -> throw ImportError.WRONG_DTYPE.at(file, name, tensor.dtype());
      }
    }
    if (stored.inputFactors().isPresent() && role != Weight.Role.LINEAR) {
      throw ImportError.QUANTIZED_TENSOR.at(
          file, name, "input factors", "none, as it is no linear layer");
    }
    return new Weight(name, role, expected, stored.source(), stored.inputFactors());
  }

  /**
   * A weight that is stored in one shape and used in another of the same elements. One that was
   * quantized has the shape in which it is used already.
   */
  Weight takeAs(String name, Weight.Role role, Shape expected, Shape used) {
    if (shape(name).filter(used::equals).isPresent()) {
      return take(name, role, used);
    }
    Weight weight = take(name, role, expected);
    return switch (weight.source()) {
      case Weight.Source.Stored(Tensor t) ->
          new Weight(
              name,
              role,
              used,
              new Weight.Source.Stored(new Tensor(name, t.dtype(), used, t.extent(), t.data())));
      case Weight.Source.Quantized quantized ->
          throw ImportError.WRONG_DTYPE.at(file, name, quantized.encoding().id());
    };
  }

  /** Whether there is a weight of this name that nobody took yet. */
  boolean has(String name) {
    return unused.containsKey(name);
  }

  /**
   * Old files repeat a tied head. It may be dropped if it is the same matrix, bit by bit.
   *
   * @param embedding a weight that was taken before
   */
  void dropTiedHead(String head, Weight embedding) {
    Stored stored = unused.get(head);
    if (stored != null
        && stored.source() instanceof Weight.Source.Stored(Tensor mine)
        && embedding.source() instanceof Weight.Source.Stored(Tensor tied)) {
      if (mine.dtype() != tied.dtype() || mine.data().mismatch(tied.data()) >= 0) {
        throw ImportError.UNTIED_HEAD.at(file, head, embedding.name());
      }
      unused.remove(head);
    }
  }

  /** The shape of a weight that was not taken yet, if it is there. */
  Optional<Shape> shape(String name) {
    return Optional.ofNullable(unused.get(name)).map(Stored::shape);
  }

  /** Numbers that can be computed, if the checkpoint holds them: not a weight of the graph. */
  Optional<Tensor> takeBuffer(String name, Shape expected) {
    if (!has(name)) {
      return Optional.empty();
    }
    return switch (take(name, Weight.Role.PARAMETER, expected).source()) {
      case Weight.Source.Stored(Tensor tensor) -> Optional.of(tensor);
      case Weight.Source.Quantized quantized ->
          throw ImportError.WRONG_DTYPE.at(file, name, quantized.encoding().id());
    };
  }

  /** A single number that was not trained: not a weight of the graph. 0 if it is missing. */
  float takeNumber(String name) {
    Optional<Tensor> number = takeBuffer(name, Shape.of());
    if (number.isEmpty()) {
      missing.add(name);
    }
    return number.map(tensor -> TensorFloats.all(tensor)[0]).orElse(0f);
  }

  /** Drops tensors that old files hold although they can be computed. */
  void dropBuffers(String suffix) {
    unused.keySet().removeIf(name -> name.endsWith(suffix));
  }

  /** Drops all tensors of a part of the model that is not built, and remembers how many. */
  void dropAll(String prefix) {
    long parameters = 0;
    for (String name : List.copyOf(unused.tailMap(prefix).keySet())) {
      Stored stored = name.startsWith(prefix) ? unused.remove(name) : null;
      parameters += stored == null ? 0 : stored.shape().count();
    }
    if (parameters > 0) {
      leftOut.merge(prefix.replaceFirst("[._]$", ""), parameters, Long::sum);
    }
  }

  /** The numbers of parameters that were dropped, by where they were. */
  SortedMap<String, Long> leftOut() {
    return leftOut;
  }

  /** Refuses the checkpoint if weights are missing or left over; names all of both. */
  void checkComplete() {
    if (!missing.isEmpty() && !unused.isEmpty()) {
      throw ImportError.OTHER_WEIGHTS.at(
          file,
          "",
          missing.size(),
          WeightNames.list(missing),
          unused.size(),
          WeightNames.list(unused.keySet()));
    }
    if (!missing.isEmpty()) {
      throw ImportError.MISSING_WEIGHTS.at(file, "", missing.size(), WeightNames.list(missing));
    }
    if (!unused.isEmpty()) {
      throw ImportError.UNKNOWN_WEIGHTS.at(
          file, "", unused.size(), WeightNames.list(unused.keySet()));
    }
  }

  private Tensor nothing(String name, Shape shape) {
    return new Tensor(name, DType.F32, shape, new Extent(Path.of(file), 0, 0), MemorySegment.NULL);
  }
}
