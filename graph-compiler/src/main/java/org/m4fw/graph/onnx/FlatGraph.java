package org.m4fw.graph.onnx;

import com.google.protobuf.MessageOrBuilder;
import org.m4fw.graph.onnx.proto.AttributeProto;
import org.m4fw.graph.onnx.proto.ModelProto;
import org.m4fw.graph.onnx.proto.NodeProto;
import org.m4fw.graph.onnx.proto.TensorProto;

/**
 * What a compiled graph never has, and a runtime would follow although nothing here has looked at
 * it: fields that onnx.proto leaves out (graphs within nodes, functions, sparse tensors and the
 * like), and data files of other tensors than initializers.
 */
final class FlatGraph {
  private FlatGraph() {}

  /**
   * Refuses a graph that is not flat.
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link OnnxError#NOT_FLAT}
   */
  static void require(String file, ModelProto model) {
    known(file, "", model);
    known(file, "graph", model.getGraph());
    for (TensorProto tensor : model.getGraph().getInitializerList()) {
      known(file, tensor.getName(), tensor);
    }
    for (NodeProto node : model.getGraph().getNodeList()) {
      known(file, node.getName(), node);
      for (AttributeProto attribute : node.getAttributeList()) {
        String item = "%s: %s".formatted(node.getName(), attribute.getName());
        known(file, item, attribute);
        known(file, item, attribute.getT());
        if (attribute.getT().getDataLocation() == TensorProto.DataLocation.EXTERNAL) {
          throw OnnxError.NOT_FLAT.at(file, item, "a tensor in another file");
        }
      }
    }
  }

  private static void known(String file, String item, MessageOrBuilder message) {
    var unknown = message.getUnknownFields().asMap();
    if (!unknown.isEmpty()) {
      throw OnnxError.NOT_FLAT.at(
          file,
          item,
          "field %s of %s"
              .formatted(
                  unknown.keySet().iterator().next(), message.getDescriptorForType().getName()));
    }
  }
}
