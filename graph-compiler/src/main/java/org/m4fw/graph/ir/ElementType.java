package org.m4fw.graph.ir;

/** Element types of the values that flow through a graph, with their numbers in ONNX. */
public enum ElementType {
  FLOAT32(1, 4),
  UINT8(2, 1),
  INT8(3, 1),
  INT16(5, 2),
  INT32(6, 4),
  INT64(7, 8),
  BOOL(9, 1),
  FLOAT16(10, 2),
  BFLOAT16(16, 2),
  /** Two in a byte. */
  INT4(22, 1);

  private final int onnxNumber;
  private final int bytes;

  ElementType(int onnxNumber, int bytes) {
    this.onnxNumber = onnxNumber;
    this.bytes = bytes;
  }

  /** {@code TensorProto.DataType}. */
  public int onnxNumber() {
    return onnxNumber;
  }

  /** The size of one element; of two for {@link #INT4}. */
  public int bytes() {
    return bytes;
  }
}
