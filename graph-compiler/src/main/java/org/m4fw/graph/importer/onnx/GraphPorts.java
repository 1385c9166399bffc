package org.m4fw.graph.importer.onnx;

import java.util.ArrayList;
import java.util.List;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.onnx.proto.TensorShapeProto;
import org.m4fw.graph.onnx.proto.TypeProto;
import org.m4fw.graph.onnx.proto.ValueInfoProto;

/** What a graph takes and gives. */
final class GraphPorts {
  private GraphPorts() {}

  /** A port; an axis without a name gets one of its own. */
  static Port read(String file, ValueInfoProto info) {
    String name = info.getName();
    if (name.isEmpty()
        || !info.getType().hasTensorType()
        || !info.getType().getTensorType().hasShape()) {
      throw OnnxImportError.NO_SHAPE.at(file, name);
    }
    TypeProto.Tensor tensor = info.getType().getTensorType();
    ElementType type =
        ElementTypes.of(tensor.getElemType())
            .orElseThrow(
                () -> OnnxImportError.ELEMENT_TYPE.at(file, name, tensor.getElemType(), ""));
    List<Port.Dim> dims = new ArrayList<>();
    for (TensorShapeProto.Dimension dim : tensor.getShape().getDimList()) {
      if (dim.getDimValue() < 0) {
        throw OnnxImportError.MALFORMED.at(file, name, "a size of " + dim.getDimValue());
      }
      dims.add(
          dim.hasDimValue()
              ? Port.fixed(dim.getDimValue())
              : Port.symbolic(
                  dim.getDimParam().isEmpty() ? name + "." + dims.size() : dim.getDimParam()));
    }
    return new Port(name, type, dims);
  }
}
