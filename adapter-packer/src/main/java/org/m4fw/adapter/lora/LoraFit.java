package org.m4fw.adapter.lora;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.m4fw.base.problem.NearNames;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.ir.AttachmentPoint;

/** Whether the matrices of an adapter have the shapes that a model's layers need. */
public final class LoraFit {
  private LoraFit() {}

  /**
   * Refuses an adapter that does not fit, naming the first matrix, in the order of names, that is
   * wrong.
   *
   * @throws org.m4fw.base.problem.ProblemException with a {@link LoraError}
   */
  public static void check(LoraAdapter adapter, List<AttachmentPoint> points) {
    Map<String, AttachmentPoint> known = new TreeMap<>();
    points.forEach(point -> known.put(point.name(), point));
    for (LoraPair pair : adapter.pairs()) {
      AttachmentPoint point = known.get(pair.point().name());
      if (point == null) {
        List<String> near = NearNames.of(pair.point().name(), known.keySet());
        throw LoraError.UNKNOWN_POINT.at(
            pair.down().extent().file(),
            pair.point().name(),
            near.isEmpty() ? "" : "; near are " + String.join(", ", near));
      }
      if (!pair.point().kernel().equals(point.kernel())) {
        throw LoraError.WRONG_KERNEL.at(
            pair.down().extent().file(),
            pair.point().name(),
            pair.point().kernel(),
            point.kernel());
      }
      requireShape(pair.down(), Shape.of(pair.rank(), point.in()), point);
      requireShape(pair.up(), Shape.of(point.out(), pair.rank()), point);
    }
  }

  private static void requireShape(Tensor found, Shape expected, AttachmentPoint point) {
    if (!found.shape().equals(expected)) {
      throw LoraError.WRONG_SHAPE.at(
          found.extent().file(), found.name(), found.shape(), expected, point.in(), point.out());
    }
  }
}
