package org.m4fw.graph.importer.onnx;

import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.graph.ir.Operator.Attribute;
import org.m4fw.graph.onnx.proto.AttributeProto;
import org.m4fw.graph.onnx.proto.NodeProto;

/** The attributes of a node: numbers, texts and lists of integers. */
final class Attributes {
  /** Fields of {@code AttributeProto} that hold {@code g}, {@code graphs}. */
  private static final int GRAPH = 6;

  private static final int GRAPHS = 11;

  private Attributes() {}

  static SortedMap<String, Attribute> read(String file, NodeProto node) {
    SortedMap<String, Attribute> attributes = new TreeMap<>();
    for (AttributeProto attribute : node.getAttributeList()) {
      refuseGraph(file, node, attribute);
      if (attributes.put(attribute.getName(), value(file, node, attribute)) != null) {
        throw OnnxImportError.DEFINED_TWICE.at(file, name(node) + "." + attribute.getName());
      }
    }
    return attributes;
  }

  /** Refuses a graph within a graph: the bodies of If, Loop and Scan. */
  static void refuseGraph(String file, NodeProto node, AttributeProto attribute) {
    if (attribute.getUnknownFields().hasField(GRAPH)
        || attribute.getUnknownFields().hasField(GRAPHS)
        || attribute.getType() == AttributeProto.AttributeType.GRAPH) {
      throw OnnxImportError.SUBGRAPH.at(file, name(node), node.getOpType());
    }
  }

  private static Attribute value(String file, NodeProto node, AttributeProto attribute) {
    return switch (attribute.getType()) {
      case INT -> new Attribute.Int(attribute.getI());
      case FLOAT -> new Attribute.Real(attribute.getF());
      case INTS -> new Attribute.Ints(attribute.getIntsList());
      case STRING -> {
        if (!attribute.getS().isValidUtf8()) {
          throw OnnxImportError.MALFORMED.at(file, name(node), "a text that is not UTF-8");
        }
        yield new Attribute.Text(attribute.getS().toStringUtf8());
      }
      case UNDEFINED, TENSOR, GRAPH, FLOATS, STRINGS, UNRECOGNIZED ->
          throw OnnxImportError.ATTRIBUTE.at(
              file,
              name(node),
              node.getOpType(),
              attribute.getName(),
              attribute.getType() == AttributeProto.AttributeType.UNRECOGNIZED
                  ? attribute.getTypeValue()
                  : attribute.getType());
    };
  }

  /** What a node is called in messages: by its own name, else by what it gives. */
  static String name(NodeProto node) {
    return node.getName().isEmpty() && node.getOutputCount() > 0
        ? node.getOutput(0)
        : node.getName();
  }
}
