package org.m4fw.adapter.lora;

import java.util.Optional;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;

/** One tensor that an adapter feeds into a graph. */
public interface GraphInput {

  /** The name of the graph input. */
  String name();

  /** Two dimensions of matrices; any of whole weights. */
  Shape shape();

  /** The type in which the graph wants it, if that is not the one of its arithmetic. */
  default Optional<DType> ownType() {
    return Optional.empty();
  }

  /** The elements in row-major order. */
  float[] values();

  /** The tensor that it is made of, for messages. */
  Tensor stored();
}
