package org.m4fw.graph.legalize;

/** How a graph takes the matrices of an adapter. */
public enum AdapterInputs {
  /** It has no attachment points. */
  NONE,
  /** As inputs that may be left out: they have defaults of rank 0. For ONNX Runtime. */
  OPTIONAL,
  /** As inputs that have to be given, of rank 0 or zeros for none. For TensorRT. */
  REQUIRED,
  /**
   * As inputs that have to be given, in one rank for all adapters: smaller ones are filled up with
   * zeros, and zeros are none. They are not transposed, A [rank, in] and B [out, rank], as layers
   * hold their weights. For LiteRT.
   */
  PADDED
}
