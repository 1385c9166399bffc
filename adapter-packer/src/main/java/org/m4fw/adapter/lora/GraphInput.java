package org.m4fw.adapter.lora;

import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;

/** One matrix that an adapter feeds into a graph. */
public interface GraphInput {

  /** The name of the graph input. */
  String name();

  /** Two dimensions. */
  Shape shape();

  /** The elements in row-major order. */
  float[] values();

  /** The tensor that it is made of, for messages. */
  Tensor stored();
}
