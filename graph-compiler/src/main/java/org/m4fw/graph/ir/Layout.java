package org.m4fw.graph.ir;

/**
 * In which order and form a target wants the bytes of a quantized weight. Every layout holds the
 * same numbers and the same scales as the canonical bytes of the {@link Encoding}.
 */
public enum Layout {
  /** The canonical bytes of the encoding. */
  CANONICAL,
  /** INT8 as U8 [N, K] with an offset of 128, as ONNX Runtime's GatherBlockQuantized reads it. */
  OFFSET_BINARY,
  /**
   * INT4 as two's complement nibbles of [K, N] (element order k·N + n, even elements in the low
   * nibble), scales F16 [⌈K/block⌉, N], as DequantizeLinear with axis 0 reads it; K must be a
   * multiple of the block and N even.
   */
  TRANSPOSED_NIBBLES
}
