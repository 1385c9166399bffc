package org.m4fw.adapter.carry;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.lora.LoraPair;
import org.m4fw.adapter.lora.LoraScaling;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Extent;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;
import org.m4fw.graph.ir.AttachmentPoint;

/**
 * Carries an adapter over from one base to another, point by point and by their weights alone: no
 * data, no training. What comes out is the adapter itself, or by the methods that compute something
 * a plain one of factor 1, in F32, that lives in memory.
 */
public final class CarryOver {
  private final BaseWeights before;
  private final BaseWeights after;
  private final OrderedWork work;
  private final Progress progress;

  /**
   * Between two bases.
   *
   * @param before the one that the adapter was trained on
   * @param after the next one
   */
  public CarryOver(Checkpoint before, Checkpoint after, OrderedWork work, Progress progress) {
    this.before = new BaseWeights(before);
    this.after = new BaseWeights(after);
    this.work = work;
    this.progress = progress;
  }

  /** Whether every layer that the adapter changes has a weight of the same shape in both bases. */
  public boolean sameShapes(LoraAdapter adapter) {
    return adapter.pairs().stream()
        .map(LoraPair::point)
        .allMatch(
            point ->
                before.isMatrix(point.name(), point.out(), point.in())
                    && after.isMatrix(point.name(), point.out(), point.in()));
  }

  /** What an adapter has that no method but {@link CarryMethod#DIRECT} knows what to do with. */
  public record Rest(String item, String text) {}

  /** That, if it has some: the algebra is that of W·x + B·A·x. */
  public static Optional<Rest> beyondPlain(LoraAdapter adapter) {
    for (LoraPair pair : adapter.pairs()) {
      if (pair.magnitude().isPresent()) {
        return Optional.of(new Rest(pair.point().name(), "DoRA"));
      }
      if (!pair.point().kernel().isEmpty()) {
        return Optional.of(new Rest(pair.point().name(), "LoRA of a convolution"));
      }
      if (pair.table()) {
        return Optional.of(new Rest(pair.point().name(), "LoRA of a table of tokens"));
      }
    }
    return adapter.replaced().isEmpty()
        ? Optional.empty()
        : Optional.of(new Rest(adapter.replaced().firstKey(), "a weight of the adapter's own"));
  }

  /**
   * The adapter for the new base.
   *
   * @param maxRank the highest rank that {@link CarryMethod#COMPENSATED} may give a layer
   * @throws org.m4fw.base.problem.ProblemException with a {@link CarryError}
   */
  public LoraAdapter carry(LoraAdapter adapter, CarryMethod method, int maxRank) {
    if (method == CarryMethod.DIRECT) {
      return adapter;
    }
    beyondPlain(adapter)
        .ifPresent(
            rest -> {
              throw CarryError.DIRECT_ONLY.at(before.name(), rest.item(), rest.text());
            });
    Optional<LlamaMaps> maps =
        method == CarryMethod.PROJECTED
            ? Optional.of(LlamaMaps.between(before, after))
            : Optional.empty();
    List<LoraPair> pairs = new ArrayList<>();
    try (Progress.Stage stage = progress.steps("carry over", adapter.pairs().size())) {
      work.run(
          adapter.pairs(),
          pair -> {
            LowRank delta = delta(pair, adapter.scaling());
            String point = pair.point().name();
            return pair(
                point,
                switch (method) {
                  case DIRECT -> delta;
                  case COMPENSATED -> compensated(pair, delta, maxRank);
                  case PROJECTED -> maps.orElseThrow().project(point, delta);
                });
          },
          pair -> {
            pairs.add(pair);
            stage.advance(1);
          });
    }
    return new LoraAdapter(LoraScaling.ALPHA_OVER_RANK, pairs, List.of());
  }

  private LowRank compensated(LoraPair pair, LowRank delta, int maxRank) {
    DMatrixRMaj wanted = before.layer(pair.point().name());
    DMatrixRMaj next = after.layer(pair.point().name());
    requireShape(pair, next);
    CommonOps_DDRM.multAdd(delta.up(), delta.down(), wanted);
    CommonOps_DDRM.subtractEquals(wanted, next);
    return TruncatedSvd.of(wanted, maxRank);
  }

  private void requireShape(LoraPair pair, DMatrixRMaj next) {
    AttachmentPoint point = pair.point();
    if (next.numRows != point.out() || next.numCols != point.in()) {
      throw CarryError.OTHER_SHAPE.at(
          after.name(),
          point.name(),
          Shape.of(point.out(), point.in()),
          Shape.of(next.numRows, next.numCols));
    }
  }

  /** What the adapter adds to the weight, factor included. */
  private static LowRank delta(LoraPair pair, LoraScaling scaling) {
    DMatrixRMaj up = matrix(pair.up());
    CommonOps_DDRM.scale(scaling.factor(pair.alpha(), pair.rank()), up);
    return new LowRank(up, matrix(pair.down()));
  }

  private static DMatrixRMaj matrix(Tensor tensor) {
    float[] values = TensorFloats.all(tensor);
    DMatrixRMaj matrix = new DMatrixRMaj((int) tensor.shape().dim(0), (int) tensor.shape().dim(1));
    for (int i = 0; i < values.length; i++) {
      matrix.data[i] = values[i];
    }
    return matrix;
  }

  private static LoraPair pair(String point, LowRank delta) {
    AttachmentPoint attachment =
        new AttachmentPoint(point, delta.down().numCols, delta.up().numRows);
    return new LoraPair(
        attachment,
        delta.rank(),
        delta.rank(),
        tensor(attachment.inputA(), delta.down()),
        tensor(attachment.inputB(), delta.up()));
  }

  private static Tensor tensor(String name, DMatrixRMaj matrix) {
    byte[] bytes = new byte[4 * matrix.getNumElements()];
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < matrix.getNumElements(); i++) {
      buffer.putFloat((float) matrix.data[i]);
    }
    return new Tensor(
        name,
        DType.F32,
        Shape.of(matrix.numRows, matrix.numCols),
        new Extent(Path.of("carried"), 0, bytes.length),
        MemorySegment.ofArray(bytes));
  }
}
