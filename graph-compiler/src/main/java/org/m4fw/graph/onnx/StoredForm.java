package org.m4fw.graph.onnx;

import java.util.List;
import org.m4fw.checkpoint.Extent;

/**
 * The form in which another runtime reads a weight. A graph can read it as well and turn it back:
 * that is arithmetic on constants, which ONNX Runtime does when it loads the graph.
 */
public sealed interface StoredForm {
  /** Where the bytes in that form are. */
  Extent extent();

  /** Of INT4 with an offset of 8, nibbles in two's complement: each one's highest bit turned. */
  record TurnedNibbles(Extent extent) implements StoredForm {}

  /**
   * With the axes in another order.
   *
   * @param dims the sizes before, as many elements as the graph's weight has
   * @param order which axis each axis of the form was
   */
  record OtherAxes(Extent extent, List<Long> dims, List<Integer> order) implements StoredForm {
    public OtherAxes {
      dims = List.copyOf(dims);
      order = List.copyOf(order);
    }
  }
}
