package org.m4fw.graph.importer.onnx;

import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Literal;
import org.m4fw.graph.onnx.proto.AttributeProto;
import org.m4fw.graph.onnx.proto.NodeProto;
import org.m4fw.graph.onnx.proto.TensorProto;

/** Values that a file gives and nobody trained: sizes, axes, masks, single numbers. */
final class Constants {
  private static final long MAX_BYTES = 4 << 20;

  private final String file;

  Constants(String file) {
    this.file = file;
  }

  /** An initializer, if it is a constant and no weight: integers, truths, single numbers. */
  Optional<Literal> of(Tensor tensor) {
    Optional<ElementType> type =
        switch (tensor.dtype()) {
          case I64 -> Optional.of(ElementType.INT64);
          case I32 -> Optional.of(ElementType.INT32);
          case I8 -> Optional.of(ElementType.INT8);
          case U8 -> Optional.of(ElementType.UINT8);
          case BOOL -> Optional.of(ElementType.BOOL);
          default -> Optional.empty();
        };
    if (type.isPresent()) {
      requireSmall(tensor.name(), tensor.byteSize());
      byte[] bytes = tensor.data().toArray(ValueLayout.JAVA_BYTE);
      return Optional.of(new Literal(type.get(), tensor.shape(), bytes));
    }
    if (tensor.dtype() == DType.F64) {
      throw OnnxImportError.ELEMENT_TYPE.at(file, tensor.name(), 11, "");
    }
    return tensor.shape().count() <= 1
        ? Optional.of(Literal.real(ElementType.FLOAT32, tensor.shape(), TensorFloats.all(tensor)))
        : Optional.empty();
  }

  /** What a {@code Constant} gives. */
  Literal of(NodeProto node) {
    if (node.getAttributeCount() != 1) {
      throw OnnxImportError.MALFORMED.at(
          file,
          Attributes.name(node),
          "a constant with %s values".formatted(node.getAttributeCount()));
    }
    AttributeProto value = node.getAttribute(0);
    return switch (value.getName()) {
      case "value" -> of(Attributes.name(node), value.getT());
      case "value_int" -> Literal.int64Scalar(value.getI());
      case "value_ints" ->
          Literal.int64(value.getIntsList().stream().mapToLong(Long::longValue).toArray());
      case "value_float" -> Literal.real(ElementType.FLOAT32, Shape.of(), value.getF());
      case "value_floats" -> {
        float[] values = new float[value.getFloatsCount()];
        for (int i = 0; i < values.length; i++) {
          values[i] = value.getFloats(i);
        }
        yield Literal.real(ElementType.FLOAT32, Shape.of(values.length), values);
      }
      default ->
          throw OnnxImportError.ATTRIBUTE.at(
              file, Attributes.name(node), "Constant", value.getName(), value.getType());
    };
  }

  /** A tensor within a node; as raw data, which is how all usual tools write it. */
  Literal of(String name, TensorProto tensor) {
    ElementType type =
        ElementTypes.of(tensor.getDataType())
            .orElseThrow(
                () -> OnnxImportError.ELEMENT_TYPE.at(file, name, tensor.getDataType(), ""));
    long size = type.bytes();
    try {
      for (long dim : tensor.getDimsList()) {
        size = Math.multiplyExact(size, dim);
      }
    } catch (ArithmeticException e) {
      size = -1;
    }
    byte[] bytes = bytes(name, type, tensor);
    boolean negative = tensor.getDimsList().stream().anyMatch(dim -> dim < 0);
    if (negative || size != bytes.length) {
      throw OnnxImportError.MALFORMED.at(
          file, name, "%s bytes for the shape %s".formatted(bytes.length, tensor.getDimsList()));
    }
    requireSmall(name, size);
    return new Literal(type, new Shape(List.copyOf(tensor.getDimsList())), bytes);
  }

  /** Raw, or in the list of the type; numbers in a list of another type count as none. */
  private byte[] bytes(String name, ElementType type, TensorProto tensor) {
    if (tensor.getDataLocation() != TensorProto.DataLocation.DEFAULT) {
      throw OnnxImportError.ATTRIBUTE.at(file, name, "a constant", "value", "external data");
    }
    ByteBuffer bytes =
        ByteBuffer.allocate(
                type.bytes()
                    * (tensor.getFloatDataCount()
                        + tensor.getInt32DataCount()
                        + tensor.getInt64DataCount()))
            .order(ByteOrder.LITTLE_ENDIAN);
    switch (type) {
      case FLOAT32 -> tensor.getFloatDataList().forEach(bytes::putFloat);
      case INT64 -> tensor.getInt64DataList().forEach(bytes::putLong);
      case INT32 -> tensor.getInt32DataList().forEach(bytes::putInt);
      default -> tensor.getInt32DataList().forEach(number -> bytes.put(number.byteValue()));
    }
    return bytes.position() == 0 ? tensor.getRawData().toByteArray() : bytes.array();
  }

  private void requireSmall(String name, long size) {
    if (size > MAX_BYTES) {
      throw OnnxImportError.CONSTANT_TOO_LARGE.at(file, name, size, MAX_BYTES);
    }
  }
}
