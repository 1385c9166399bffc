package org.m4fw.graph.onnx;

import java.util.ArrayList;
import java.util.List;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.onnx.proto.TensorShapeProto;
import org.m4fw.graph.onnx.proto.TypeProto;
import org.m4fw.graph.onnx.proto.ValueInfoProto;

/** Inputs and outputs in the words of ONNX, and back. */
final class Ports {
  private Ports() {}

  static Port of(ValueInfoProto info) {
    TypeProto.Tensor tensor = info.getType().getTensorType();
    ElementType type = ElementType.FLOAT32;
    for (ElementType candidate : ElementType.values()) {
      if (candidate.onnxNumber() == tensor.getElemType()) {
        type = candidate;
      }
    }
    List<Port.Dim> dims = new ArrayList<>();
    for (TensorShapeProto.Dimension dim : tensor.getShape().getDimList()) {
      dims.add(
          dim.hasDimValue() ? Port.fixed(dim.getDimValue()) : Port.symbolic(dim.getDimParam()));
    }
    return new Port(info.getName(), type, dims);
  }

  static ValueInfoProto proto(Port port) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (Port.Dim dim : port.dims()) {
      TensorShapeProto.Dimension.Builder dimension = TensorShapeProto.Dimension.newBuilder();
      switch (dim) {
        case Port.Dim.Fixed fixed -> dimension.setDimValue(fixed.size());
        case Port.Dim.Symbolic symbolic -> dimension.setDimParam(symbolic.name());
      }
      shape.addDim(dimension);
    }
    return ValueInfoProto.newBuilder()
        .setName(port.name())
        .setType(
            TypeProto.newBuilder()
                .setTensorType(
                    TypeProto.Tensor.newBuilder()
                        .setElemType(port.type().onnxNumber())
                        .setShape(shape)))
        .build();
  }
}
