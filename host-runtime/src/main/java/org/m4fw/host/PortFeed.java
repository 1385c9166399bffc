package org.m4fw.host;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Port;

/** Tensors of a caller as what a graph's input takes, checked. */
final class PortFeed {
  private static final ValueLayout.OfLong I64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt I32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private PortFeed() {}

  /**
   * A tensor for an input, for the caller to close.
   *
   * @param file where the tensor is from, for messages
   * @param scratch what its memory belongs to
   */
  static OnnxTensor of(
      OrtEnvironment environment, String file, Port port, Tensor tensor, Arena scratch)
      throws OrtException {
    checkShape(file, port, tensor.shape());
    long size = port.type().bytes() * tensor.shape().count();
    ByteBuffer bytes =
        scratch
            .allocate(Math.max(8L, size), 64)
            .asSlice(0, size)
            .asByteBuffer()
            .order(ByteOrder.nativeOrder());
    OnnxJavaType type =
        switch (port.type()) {
          case FLOAT32, FLOAT16 -> putReals(file, port, tensor, bytes);
          case INT64 -> putWholeNumbers(file, port, tensor, bytes);
          case INT32 -> putAsItIs(file, port, tensor, DType.I32, bytes, OnnxJavaType.INT32);
          case BOOL -> putAsItIs(file, port, tensor, DType.BOOL, bytes, OnnxJavaType.BOOL);
          default -> throw wrongType(file, port, tensor);
        };
    return OnnxTensor.createTensor(environment, bytes.flip(), tensor.shape().toArray(), type);
  }

  private static OnnxJavaType putReals(String file, Port port, Tensor tensor, ByteBuffer bytes) {
    if (!TensorFloats.canRead(tensor.dtype())) {
      throw wrongType(file, port, tensor);
    }
    boolean wide = port.type() == ElementType.FLOAT32;
    if (wide && tensor.dtype() == DType.F32) {
      return putAsItIs(file, port, tensor, DType.F32, bytes, OnnxJavaType.FLOAT);
    }
    for (float value : TensorFloats.all(tensor)) {
      if (wide) {
        bytes.putFloat(value);
      } else {
        bytes.putShort(Float.floatToFloat16(value));
      }
    }
    return wide ? OnnxJavaType.FLOAT : OnnxJavaType.FLOAT16;
  }

  private static OnnxJavaType putAsItIs(
      String file, Port port, Tensor tensor, DType dtype, ByteBuffer bytes, OnnxJavaType type) {
    if (tensor.dtype() != dtype) {
      throw wrongType(file, port, tensor);
    }
    MemorySegment.ofBuffer(bytes).copyFrom(tensor.data());
    bytes.position(bytes.limit());
    return type;
  }

  private static OnnxJavaType putWholeNumbers(
      String file, Port port, Tensor tensor, ByteBuffer bytes) {
    for (long i = 0; i < tensor.shape().count(); i++) {
      bytes.putLong(
          switch (tensor.dtype()) {
            case I64 -> tensor.data().get(I64, 8 * i);
            case I32 -> tensor.data().get(I32, 4 * i);
            default -> throw wrongType(file, port, tensor);
          });
    }
    return OnnxJavaType.INT64;
  }

  private static void checkShape(String file, Port port, Shape shape) {
    boolean fits = port.dims().size() == shape.rank();
    for (int axis = 0; fits && axis < shape.rank(); axis++) {
      fits =
          !(port.dims().get(axis) instanceof Port.Dim.Fixed fixed)
              || fixed.size() == shape.dim(axis);
    }
    if (!fits) {
      throw HostError.WRONG_INPUT.at(file, port.name(), shape, port.describe());
    }
  }

  private static RuntimeException wrongType(String file, Port port, Tensor tensor) {
    return HostError.WRONG_INPUT.at(file, port.name(), tensor.dtype(), port.type());
  }
}
