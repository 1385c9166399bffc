package org.m4fw.adapter.lora;

import java.util.Optional;
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
}
