package org.m4fw.adapter.lora;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.ir.AttachmentPoint;

/**
 * A low-rank branch at one attachment point: y += s·B·(A·x), where s comes from alpha and the rank.
 *
 * @param point where it attaches, with the widths that the tensors have
 * @param rank at least 1
 * @param alpha finite and positive
 * @param down A [rank, in]
 * @param up B [out, rank]
 * @param magnitude of DoRA [out]: the norm that each row of the changed weight is brought to
 * @param table whether it adds to the rows of a table of embeddings: in is how many it has
 */
public record LoraPair(
    AttachmentPoint point,
    int rank,
    double alpha,
    Tensor down,
    Tensor up,
    Optional<Tensor> magnitude,
    boolean table) {

  /** One at a layer. */
  public LoraPair(
      AttachmentPoint point,
      int rank,
      double alpha,
      Tensor down,
      Tensor up,
      Optional<Tensor> magnitude) {
    this(point, rank, alpha, down, up, magnitude, false);
  }

  /** A plain one. */
  public LoraPair(AttachmentPoint point, int rank, double alpha, Tensor down, Tensor up) {
    this(point, rank, alpha, down, up, Optional.empty());
  }

  /** A as trainers save it: of a convolution with the axes of the kernel. */
  public Tensor trainedDown() {
    List<Long> kernel = point.kernel();
    if (kernel.isEmpty()) {
      return down;
    }
    List<Long> dims = new ArrayList<>();
    dims.add((long) rank);
    dims.add(point.in() / kernel.stream().reduce(1L, (a, b) -> a * b));
    dims.addAll(kernel);
    return shaped(down, dims);
  }

  /** B as trainers save it: of a convolution as one of single positions. */
  public Tensor trainedUp() {
    if (point.kernel().isEmpty()) {
      return up;
    }
    List<Long> dims = new ArrayList<>(List.of(point.out(), (long) rank));
    dims.addAll(Collections.nCopies(point.kernel().size(), 1L));
    return shaped(up, dims);
  }

  private static Tensor shaped(Tensor tensor, List<Long> dims) {
    return new Tensor(
        tensor.name(), tensor.dtype(), new Shape(dims), tensor.extent(), tensor.data());
  }
}
